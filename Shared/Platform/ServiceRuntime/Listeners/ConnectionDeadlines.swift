// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// When a server's connection has taken too long, as a state machine over what happens on it.
///
/// | state | ends with | allowed |
/// |---|---|---|
/// | handshake | TLS stands | `head` |
/// | waiting, before the first request | first byte | `head` (from the connection on); `idle` for a known peer |
/// | head | blank line after the head | `head` from its first byte on, however many follow |
/// | body | last byte | `body` from the head on |
/// | answering | last byte of the answer | the handler's own affair |
/// | waiting, after a request | first byte of the next | `idle` |
///
/// A known peer is one of our own services, whose pool may open a connection before it needs it.
/// While an answer is owed, a next request's head may wait as long as the answer takes: the client is not to blame.
package struct ConnectionDeadlines {
    /// How long each part may take.
    package struct Limits: Sendable {
        package let head: TimeAmount
        package let body: TimeAmount
        package let idle: TimeAmount

        package init(
            head: Duration = .seconds(10), body: Duration = .seconds(30), idle: Duration = .seconds(60)
        ) {
            self.head = TimeAmount(head)
            self.body = TimeAmount(body)
            self.idle = TimeAmount(idle)
        }
    }

    /// What happens on a connection.
    package enum Event {
        case connected, secured, bytes, head, end, answered
    }

    /// What a connection is closed for.
    package enum Overrun: String, Sendable {
        case handshake, head, body, idle
    }

    private enum State {
        case handshake, waiting, head, body
    }

    private let limits: Limits
    private let knowsPeer: Bool
    private var state = State.handshake
    private var isFirst = true
    private var answersOwed = 0

    /// When to close, or nil while the client is not to be hurried.
    package private(set) var deadline: NIODeadline?

    /// - Parameter knowsPeer: whether the handshake ends with a certificate of the peer.
    package init(limits: Limits, knowsPeer: Bool) {
        self.limits = limits
        self.knowsPeer = knowsPeer
    }

    /// What an overrun of the present deadline is called.
    package var overrun: Overrun {
        switch state {
        case .handshake: .handshake
        case .waiting: isFirst && !knowsPeer ? .head : .idle
        case .head: .head
        case .body: .body
        }
    }

    package mutating func handle(_ event: Event, at now: NIODeadline) {
        switch event {
        case .connected:
            deadline = now + limits.head
        case .secured:
            state = .waiting
            deadline = now + (knowsPeer ? limits.idle : limits.head)
        case .bytes:
            guard state == .waiting else { return }
            state = .head
            // A stranger's first head has its time from the connection on, so that waiting first gains nothing.
            if !isFirst || knowsPeer { deadline = answersOwed == 0 ? now + limits.head : nil }
        case .head:
            state = .body
            isFirst = false
            answersOwed += 1
            deadline = now + limits.body
        case .end:
            state = .waiting
            deadline = nil
        case .answered:
            answersOwed -= 1
            guard answersOwed <= 0 else { return }
            answersOwed = 0
            switch state {
            case .waiting: deadline = now + limits.idle
            case .head: deadline = now + limits.head
            case .handshake, .body: break
            }
        }
    }
}
