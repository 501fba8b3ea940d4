// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Pages
package import Primitives

/// Everything that pages are made of, loaded once. Key: `resources.directory`.
package struct PortalResources: Sendable {
    package let templates: PageTemplates
    package let files: PublicFiles

    /// Loads `templates`, `strings` and `public` below one folder.
    ///
    /// - Throws: ``PageError`` or ``ResourceFault``, both with a sentence for operators.
    package init(directory: String) throws {
        templates = try PageTemplates(directory: directory)
        files = try PublicFiles(directory: directory + "/public")
        let missing = PageModels.templates.filter { !templates.names.contains($0) }
        guard missing.isEmpty else {
            throw ResourceFault("the folder “\(directory)” has no template \(missing.joined(separator: ", "))")
        }
        guard templates.missingStrings.isEmpty else {
            throw ResourceFault("texts are missing: \(templates.missingStrings.joined(separator: ", "))")
        }
    }

    /// Nil, with the fault reported, when the folder is not what it should be.
    package init?(reading reader: inout SettingsReader) {
        let directory = reader.optionalText(Self.directoryKey) ?? Self.developmentDirectory
        do {
            try self.init(directory: directory)
        } catch let error as PageError {
            reader.report(Self.directoryKey, error.reason)
            return nil
        } catch let error as ResourceFault {
            reader.report(Self.directoryKey, error.description)
            return nil
        } catch {
            reader.report(Self.directoryKey, "cannot read the folder “\(directory)”")
            return nil
        }
    }

    /// The documented keys.
    package static var keys: [SettingKey] { [directoryKey] }

    /// Where a build leaves the files: beside the program. The generated accessor of the bundle would end the process
    /// when they are not there, so it is not asked.
    private static var developmentDirectory: String {
        Bundle.main.bundleURL.appendingPathComponent("Countersign_UserPortalServer.resources/Resources").path
    }

    private static let directoryKey = SettingKey(
        "resources.directory", .path,
        "Folder with templates, strings and public files; without it the one beside the program.")
}
