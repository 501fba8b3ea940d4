// SPDX-License-Identifier: Apache-2.0
package import Hummingbird

extension Router where Context: PeerContext {
    /// Adds what every listener of ours does around its routes: ``EdgeMiddleware``.
    ///
    /// Call it before adding routes: a router wraps a route in the middlewares it knows at that moment. Make the
    /// router with `options: .autoGenerateHeadEndpoints` so that HEAD is served wherever GET is, and nowhere else.
    package func addEdge(service: String, profile: SecurityProfile) {
        middlewares.add(EdgeMiddleware(service: service, profile: profile))
    }
}
