// SPDX-License-Identifier: Apache-2.0
internal import HTTPKit
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Pages

/// Turns page models and redirects into responses for one visit.
struct PageDesk: Sendable {
    let resources: PortalResources
    let cookie: HostCookie

    /// The page for `model` in the visitor's language.
    func page<Model: PageModel>(
        _ visit: Visit, status: HTTPResponse.Status = .ok, _ model: (PageFrame) -> Model
    ) throws -> Response {
        let frame = PageFrame(
            base: visit.base, files: resources.files, token: visit.id.formToken.text, name: visit.signedInName)
        let html = try resources.templates.render(model(frame), language: visit.language)
        var response = Self.html(html, status: status)
        setCookie(of: visit, on: &response)
        return response
    }

    /// 303 to a page of ours: what was posted is not posted again by a reload.
    func redirect(_ visit: Visit, to path: String) -> Response {
        var response = Response(status: .seeOther, headers: [.location: visit.base + path])
        setCookie(of: visit, on: &response)
        return response
    }

    /// A text of the visitor's language.
    func text(_ key: String, for visit: Visit) -> String {
        resources.templates.strings.text(key, in: visit.language)
    }

    static func html(_ text: String, status: HTTPResponse.Status) -> Response {
        Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private func setCookie(of visit: Visit, on response: inout Response) {
        if visit.isFresh { cookie.set(visit.id.cookieValue, on: &response) }
    }
}
