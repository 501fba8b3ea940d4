// SPDX-License-Identifier: Apache-2.0

/// The configuration that is carried over to a service's host together with its certificate; host names of other
/// machines are left to whoever carries it.
enum SampleConfiguration {
    static func text(for service: SuiteService) -> String {
        let folder = "/etc/countersign/\(service.rawValue)"
        let head = """
            # Goes to /etc/countersign/\(service.rawValue).yaml; the files beside this one go to \(folder)/.
            # Put your own hosts in the place of example.org. Every key: docs/reference/configuration.md
            listener:
              host: 0.0.0.0
              port: \(port(service))
              certificate: \(folder)/certificate.pem
              privateKey: \(folder)/key.pem

            """
        return head + rest(service, folder)
    }

    private static func port(_ service: SuiteService) -> Int {
        switch service {
        case .mfaCore: 8440
        case .sdkService: 8442
        case .userPortal: 8443
        case .mobileAppService: 8444
        }
    }

    private static func rest(_ service: SuiteService, _ folder: String) -> String {
        switch service {
        case .mfaCore:
            """
              clientCA: \(folder)/ca.pem
            \(database("core", folder))
            keys:
              masterKeyFile: \(folder)/master.key
            mobile:
              url: https://mfa.example.org:8444/PA

            """
        case .sdkService:
            """
            \(database("sdk", folder))
            core:
              urls: [https://core.example.org:8440]
              ca: \(folder)/ca.pem
              certificate: \(folder)/certificate.pem
              privateKey: \(folder)/key.pem

            """
        case .userPortal:
            """
            \(database("portal", folder))
            \(sdk("portal", folder))
            portal:
              prefixes: [/enroll]
              origin: https://mfa.example.org:8443
            resources:
              directory: /usr/share/countersign/user-portal

            """
        case .mobileAppService:
            """
            \(sdk("mobile", folder))
            mobile:
              prefixes: [/PA]

            """
        }
    }

    private static func database(_ role: String, _ folder: String) -> String {
        """
        database:
          url: postgresql://mfa_\(role)@db.example.org:5432/countersign?sslmode=verify-full\
        &sslrootcert=/etc/countersign/database-ca.pem
          passwordFile: \(folder)/database.password
        """
    }

    private static func sdk(_ account: String, _ folder: String) -> String {
        """
        sdk:
          urls: [https://sdk.example.org:8442]
          ca: \(folder)/sdk-ca.pem
          account: \(account)
          secretFile: \(folder)/sdk.secret
        """
    }
}
