// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
package import Hummingbird

/// The proof that a change of state was asked for by one of our own pages (R76).
package enum SameOrigin {
    /// Refuses a request that may come from elsewhere with 403 `forbidden`.
    ///
    /// `Origin` must be one of `allowedOrigins`, and `Sec-Fetch-Site`, where it is sent, must say `same-origin`.
    /// A browser without `Origin` on its forms must at least send the latter. GET and HEAD pass: they change nothing.
    ///
    /// - Parameter allowedOrigins: such as `https://mfa.example.org:8443`, exactly as browsers write them: lower
    ///   case, without a default port, without a slash at the end.
    package static func verify(_ request: Request, allowedOrigins: Set<String>) throws(Problem) {
        if request.method == .get || request.method == .head { return }
        let origin = request.headers[.origin]
        let site = request.headers[.fetchSite]
        guard origin != nil || site != nil else { throw refusal("neither Origin nor Sec-Fetch-Site") }
        if let origin, !allowedOrigins.contains(origin) { throw refusal("foreign Origin") }
        if let site, site != "same-origin" { throw refusal("Sec-Fetch-Site is not same-origin") }
    }

    private static func refusal(_ reason: String) -> Problem {
        Problem(EdgeCode.forbidden, detail: "The request did not come from a page of this site.", reason: reason)
    }
}
