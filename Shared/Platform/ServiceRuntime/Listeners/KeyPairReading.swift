// SPDX-License-Identifier: Apache-2.0

import NIOSSL
import Primitives

extension SettingsReader {
    /// The certificates of a PEM file, first the one that names its owner; empty and reported when there is a fault.
    mutating func certificates(_ key: SettingKey) -> [NIOSSLCertificate] {
        guard let path = readableFile(key), let bytes = try? LocalFile.bytes(of: path, secret: false) else { return [] }
        do {
            let certificates = try NIOSSLCertificate.fromPEMBytes(bytes)
            if certificates.isEmpty { report(key, "“\(path)” holds no PEM certificate") }
            return certificates
        } catch {
            report(key, "“\(path)” holds no PEM certificate that can be read")
            return []
        }
    }

    /// The private key of a PEM file that others may not read.
    mutating func privateKey(_ key: SettingKey) -> NIOSSLPrivateKey? {
        guard let path = readableFile(key), let bytes = try? LocalFile.bytes(of: path, secret: true) else { return nil }
        do {
            return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        } catch {
            report(key, "“\(path)” holds no PEM private key that can be read without a passphrase")
            return nil
        }
    }

    /// Reports a certificate and key that do not belong together.
    mutating func check(_ configuration: TLSConfiguration, key: SettingKey) {
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            report(key, "does not belong to the certificate beside it")
        }
    }
}
