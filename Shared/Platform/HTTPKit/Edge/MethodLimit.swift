// SPDX-License-Identifier: Apache-2.0
internal import Hummingbird

/// Refuses TRACE, CONNECT and everything else that no route here uses.
enum MethodLimit {
    static let allowed = "GET, HEAD, POST, PUT, PATCH, DELETE"

    static func check(_ method: HTTPRequest.Method) throws(Problem) {
        switch method {
        case .get, .head, .post, .put, .patch, .delete: return
        default: throw Problem(EdgeCode.methodNotAllowed)
        }
    }
}
