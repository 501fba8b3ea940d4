// SPDX-License-Identifier: Apache-2.0
import Testing
import TestKit

/// Scenarios through the real programs, a real PostgreSQL and a simulated phone; one after the other, because each
/// measures or breaks things that another one would disturb.
///
/// | world | what is special about it |
/// |---|---|
/// | ``EndToEnd/Standing`` | two copies of everything, nothing is broken |
/// | ``EndToEnd/Faults`` | processes, a database, connections and clocks that scenarios break |
/// | ``EndToEnd/Standby`` | three databases, of which one is the primary |
/// | ``EndToEnd/Stops`` | copies that are told to stop |
/// | ``EndToEnd/Operating`` | copies that read their configuration again |
/// | ``EndToEnd/Time`` | a time of day that scenarios move |
/// | ``EndToEnd/Secrets`` | everything is logged that can be, and everything fails once |
/// | ``EndToEnd/Installation`` | nothing is installed yet |
/// | ``EndToEnd/Samples`` | the configuration files as they are delivered |
@Suite(.serialized) enum EndToEnd {
    /// Two copies of mfa-core, sdk-service and mobileapp-service, and a user-portal.
    @Suite(
        .world {
            var plan = World.Plan()
            // Races make many failures on purpose; who tests throttling starts copies with limits of their own.
            plan.core = World.patientLimits
            return try await World.running("standing", copies: 2, plan)
        }, .logsOfTheWorld)
    enum Standing {}

    @Suite(.logsOfTheWorld) enum Faults {}

    /// Two copies of mfa-core and sdk-service, a primary and two synchronous standbys in strict mode.
    @Suite(
        .world {
            var plan = World.Plan()
            plan.standbys = 2
            // R91: no promotion here may be taken for a restore.
            plan.keepsLastSeen = true
            plan.postgres = ["wal_keep_size": "64MB", "wal_retrieve_retry_interval": "200ms"]
            plan.core = World.patientLimits
            let world = try await World.installed("standby", plan)
            do {
                for service in [Service.core, .core, .sdk, .sdk] { try await world.start(service) }
                try await world.becomeReady(within: .seconds(30))
                return world
            } catch {
                await world.close()
                throw error
            }
        }, .logsOfTheWorld)
    enum Standby {}

    @Suite(
        .world {
            var plan = World.Plan()
            plan.hasOwnClock = true
            plan.core = ["lockout.softLimit": "5"]
            let world = try await World.running("time", copies: 1, plan)
            do {
                // A second way to the same rows, for what copies have to share.
                let core = try await world.start(.core)
                try await world.start(.sdk, settings: ["core.urls": "[\(try await core.url())]"])
                try await world.becomeReady(within: .seconds(30))
                return world
            } catch {
                await world.close()
                throw error
            }
        }, .logsOfTheWorld)
    enum Time {}

    /// One copy of everything, whose files and settings scenarios change.
    @Suite(
        .world {
            var plan = World.Plan()
            plan.core = World.patientLimits
            return try await World.running("operating", copies: 1, plan)
        }, .logsOfTheWorld)
    enum Operating {}

    /// One copy of everything at the least severe log level, on a database that logs every statement.
    @Suite(
        .world {
            var plan = World.Plan()
            plan.postgres = [
                "log_statement": "all", "log_min_duration_statement": "0", "log_min_error_statement": "debug5",
            ]
            let world = try await World.installed("secrets", plan)
            do {
                for service in [Service.core, .sdk, .mobile, .portal] {
                    try await world.start(service, settings: ["log.level": "trace"])
                }
                try await world.becomeReady(within: .seconds(30))
                return world
            } catch {
                await world.close()
                throw error
            }
        }, .logsOfTheWorld)
    enum Secrets {}

    enum Installation {}

    enum Samples {}
}
