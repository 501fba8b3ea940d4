// SPDX-License-Identifier: Apache-2.0
internal import Hummingbird
internal import Logging
internal import Metrics
internal import Synchronization

/// One log line and one measurement for each request.
///
/// The line has the route's pattern rather than its path, which may name a person, and never a query or a header.
struct AccessLog: Sendable {
    private let meters: RequestMeters

    /// - Parameter service: the product's name, such as `sdk-service`; a dimension of the metrics.
    init(service: String) {
        self.meters = RequestMeters(service: service)
    }

    func record(_ request: Request, _ response: Response, in context: some PeerContext, took duration: Duration) {
        meters.record(method: request.method, status: response.status.code, duration: duration)
        context.logger.info(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)",
                "path": "\(Self.path(of: request, context: context))",
                "status": "\(response.status.code)",
                "microseconds": "\(Int64(duration / .microseconds(1)))",
                "peer": "\(context.peerAddress)",
            ])
    }

    private static func path(of request: Request, context: some PeerContext) -> String {
        if let pattern = context.endpointPath, pattern != "NotFound" { return pattern }
        return String(request.uri.path.prefix(100))
    }
}

/// The counters and timers of one service, made once for each method and status.
private final class RequestMeters: Sendable {
    private struct Kind: Hashable {
        let method: String
        let status: Int
    }

    private struct Meters {
        let count: Counter
        let duration: Metrics.Timer
    }

    private let service: String
    private let known = Mutex<[Kind: Meters]>([:])

    init(service: String) {
        self.service = service
    }

    func record(method: HTTPRequest.Method, status: Int, duration: Duration) {
        let meters = meters(Kind(method: Self.name(of: method), status: status))
        meters.count.increment()
        meters.duration.recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }

    private func meters(_ kind: Kind) -> Meters {
        known.withLock { known in
            if let meters = known[kind] { return meters }
            let dimensions = [("service", service), ("method", kind.method), ("status", String(kind.status))]
            let meters = Meters(
                count: Counter(label: "mfa.http.requests", dimensions: dimensions),
                duration: Metrics.Timer(
                    label: "mfa.http.duration", dimensions: dimensions, preferredDisplayUnit: .seconds))
            known[kind] = meters
            return meters
        }
    }

    /// Callers may invent methods; metrics must not grow with them.
    private static func name(of method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .patch, .delete: method.rawValue
        default: "other"
        }
    }
}
