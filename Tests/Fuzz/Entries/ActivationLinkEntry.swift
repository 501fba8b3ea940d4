// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol

enum ActivationLinkEntry {
    static func fault(on bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let link = ActivationLink(parsing: text) else { return nil }
        guard link.service.hasPrefix("https://"), !link.service.hasSuffix("/") else { return "its service" }
        guard let again = ActivationLink(parsing: link.text) else { return "it cannot be read again" }
        guard again.service == link.service, again.secret.text == link.secret.text, again.text == link.text else {
            return "it says something else when it is read again"
        }
        guard let made = ActivationLink(service: link.service, secret: link.secret), made.text == link.text else {
            return "nobody could have made it"
        }
        return nil
    }
}
