// SPDX-License-Identifier: Apache-2.0
import DeviceProtocol
import Testing

/// RFC 6979, A.2.5: a key of P-256 with signatures that are the same on every machine.
enum RFC6979 {
    /// SubjectPublicKeyInfo of P-256 up to and with the mark of an uncompressed point.
    static let prefix = "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    static let x = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    static let y = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
    static let point = x + y

    static var publicKey: DevicePublicKey {
        get throws { try #require(DevicePublicKey(der: Numbers.bytes(prefix + point))) }
    }

    /// Deterministic signatures with SHA-256; the first one has a high s.
    static let signatures = [
        (
            "sample", "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
            "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
        ),
        (
            "test", "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
            "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"
        ),
    ]

    /// Good signatures over "sample", had it been hashed otherwise; the last two are no vectors of the RFC.
    static let otherHashes = [
        (
            "SHA-1", "61340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d32",
            "6d7f147dac089441bb2e2fe8f7a3fa264b9c475098fdcf6e00d7c996e1b8b7eb"
        ),
        (
            "SHA-224", "53b2fff5d1752b2c689df257c04c40a587fababb3f6fc2702f1343af7ca9aa3f",
            "b9afb64fdc03dc1a131c7d2386d11e349f070aa432a4acc918bea988bf75c74c"
        ),
        (
            "SHA-384", "0eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef7719",
            "4861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde940954"
        ),
        (
            "SHA-512", "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00",
            "2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe"
        ),
        (
            "SHA-256 twice", "9fad84aeae08bbef7f010014d82cef6a09de2b0cf871b5ce0c4f1d13a59a5934",
            "c9dbdf3b27fe5909619b7b4b16570eee993d27658a21c667cd6fb98da57585fd"
        ),
        (
            "a hash of zeros", "9fad84aeae08bbef7f010014d82cef6a09de2b0cf871b5ce0c4f1d13a59a5934",
            "4678afa1532721cfe0dc793457ae1863fe400f6799bb495c3b6dbfb916be04bb"
        ),
    ]

    /// A good signature over "sample" whose r begins with a zero byte; a search over small nonces found it.
    static let shortR = (
        "005543894af3d00ed7d740abdbd75c96b06877b787db5f70eea78b90a8d7c00a",
        "ba3ce335d3e2ab5bdcd8b8d18e8128d62fc28fd9e52bfb000663f22a226b56cc"
    )

    /// r and s of `G + Q`: a good signature of this key over a hash that nobody knows a message for, made without the
    /// private key (which is why the message and not its hash must be given).
    static let forgedOverSomeHash = "15797ae57c574afdcfcd1fe48482512bf8134a0338f14e0374a542585477fd70"
}
