// SPDX-License-Identifier: Apache-2.0
package import Logging
package import MFACoreStore
package import ServiceLifecycle
import Synchronization

/// Lets mfa-core serve with a database that goes on, and not with one that was restored before somebody says so (R91).
///
/// | what is found | what happens |
/// |---|---|
/// | the database goes on, promoted standbys too | it is served with; its mark rises every two seconds |
/// | it was restored, by its own word or by the file's | the copy ends with one sentence |
/// | `serve --restored` | a fence is raised first, once |
/// | another copy raised the fence | it is served with |
package final class RestoreWatch: Service {
    /// How much may go back unnoticed where a database is taken back to a moment; every copy raises the same mark.
    private static let interval: Duration = .seconds(2)

    private let fence: RestoreFence
    private let file: LastSeenFile?
    private let isRestored: Bool
    private let logger: Logger
    private let seen = Mutex<LastSeen?>(nil)

    /// - Parameters:
    ///   - file: nil where nothing is kept; then only a restore into another server or database is noticed.
    ///   - isRestored: whether an administrator says so.
    package init(fence: RestoreFence, file: LastSeenFile?, isRestored: Bool, logger: Logger) {
        self.fence = fence
        self.file = file
        self.isRestored = isRestored
        self.logger = logger
    }

    /// What runs while mfa-core serves.
    package var services: [any Service] { file == nil ? [] : [self] }

    /// Returns when mfa-core may serve with the database; may be called again after an error of the database.
    ///
    /// - Throws: ``RestoreError``, ``PostgresError``.
    package func admit() async throws {
        let before = try lastSeen()
        let sighting = try await fence.look()
        let sign = sighting.sign(of: before)
        if isRestored, sign != nil || !sighting.isFencedJustNow {
            let raised = try await fence.raise(beyond: before, sign: sign)
            let ended = raised.ended.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            logger.notice(
                "a restore fence was raised: nothing from before is accepted any more",
                metadata: [
                    "epoch": "\(raised.seen.epoch)", "sign": "\(sign?.rawValue ?? "declared")",
                    "ended": "\(ended.joined(separator: ", "))",
                ])
            // The fence stands; what is not kept of it is seen at the next start.
            return save(raised.seen)
        }
        if let sign { throw RestoreError(sign.sentence) }
        if sighting.served == nil { try await fence.begin() }
        if file == nil {
            logger.notice(
                "restore.lastSeenFile is not set: a database that is taken back to an earlier moment is not noticed")
        }
        // What is read may be lost by a failover still; only marks that were answered are held against the database.
        let epoch = sighting.served?.epoch ?? 1
        let mark = before.map { $0.epoch == epoch ? $0.mark : 0 } ?? 0
        try keep(
            LastSeen(place: sighting.place, timeline: sighting.timeline, epoch: epoch, mark: mark),
            hasFile: before != nil)
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown {
            // What does not go is told of once, not every two seconds.
            var isFailing = false
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                if Task.isCancelled { return }
                do {
                    try await self.look()
                    isFailing = false
                } catch let error as RestoreError {
                    throw error
                } catch {
                    if !isFailing {
                        self.logger.warning("the database was not marked", metadata: ["error": "\(error)"])
                    }
                    isFailing = true
                }
            }
        }
    }

    /// Raises the mark, which a database that was taken back does not have as high.
    ///
    /// - Throws: ``RestoreError`` when it was restored while this copy ran; ``PostgresError``.
    package func look() async throws {
        guard let before = seen.withLock({ $0 }) else { return }
        guard let now = try await fence.mark(before.epoch) else {
            let sighting = try await fence.look()
            if let sign = sighting.sign(of: before) { throw RestoreError(sign.sentence) }
            // Another copy declared the restore, and what is accepted from now on is behind its fence.
            if let served = sighting.served {
                save(LastSeen(place: sighting.place, timeline: sighting.timeline, epoch: served.epoch, mark: 0))
            }
            return
        }
        if now.mark <= before.mark { throw RestoreError(RestoreSign.olderMark.sentence) }
        if now.timeline < before.timeline { throw RestoreError(RestoreSign.olderTimeline.sentence) }
        save(now)
    }

    private func lastSeen() throws(RestoreError) -> LastSeen? {
        do throws(RestoreError) {
            return try file?.load()
        } catch {
            // Whatever it says, somebody says that the database was restored.
            if isRestored { return nil }
            throw error
        }
    }

    /// - Parameter hasFile: whether the file stands there already, so that a full disk is no reason to let nobody in.
    private func keep(_ now: LastSeen, hasFile: Bool) throws(RestoreError) {
        guard !hasFile else { return save(now) }
        try file?.save(now)
        seen.withLock { $0 = now }
    }

    /// The same for a copy that serves: a full disk is no reason to let nobody in.
    private func save(_ now: LastSeen) {
        do throws(RestoreError) {
            try file?.save(now)
        } catch {
            logger.error("what was seen of the database was not kept", metadata: ["error": "\(error)"])
        }
        seen.withLock { $0 = now }
    }
}
