import Files
import Settings
import Training
import Wording

extension RunConfiguration {
  /// All settings that are not nil, in the format of `lemnos train --config`.
  var yaml: String {
    get throws {
      "# What decides a run. Begin another like it: lemnos train --config FILE\n"
        + (try SettingsTree(of: self).yaml)
    }
  }

  /// Reads a file written by `yaml`: all settings of a run.
  ///
  /// - Throws: as for any settings file, and for an empty file, which would silently mean default settings.
  init(ofRun path: String) throws {
    guard FolderListing.size(of: path) != 0 else {
      throw Failure("\(path) is empty, so nobody knows how the run went on: begin a new one", code: 65)
    }
    try self.init(yamlFile: path)
  }

  /// Reads a settings file; settings that it does not contain have their defaults.
  ///
  /// - Throws: `Failure` for invalid YAML, unknown settings and invalid values.
  init(yamlFile path: String) throws {
    let bytes = try DurableFile.read(path)
    func failure(_ reason: String) -> Failure { Failure("\(path) cannot be used: \(reason)", code: 65) }
    let tree: SettingsTree
    do throws(SettingsTree.Malformed) {
      tree = try SettingsTree(yaml: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw failure(error.reason)
    }
    guard let given = tree.members else {
      throw failure("it is no list of settings such as 'learningRate: 0.01', one a line")
    }
    let names = Self.table.compactMap(\.name)
    if let name = given.keys.first(where: { !names.contains($0) && given[$0] != .null }) {
      let hint = names.sorted().closest(to: name).map { "; did you mean '\($0)'?" } ?? ""
      throw failure("there is no setting '\(name)'\(hint)")
    }
    do {
      self = try tree.decoded(as: RunConfiguration.self)
    } catch {
      throw failure(RunConfiguration.reason(error))
    }
    // With `from`, a file without a normalization setting keeps the checkpoint's.
    if from != nil, given["pixels"] == nil, given["keepsNormalization"] == nil { keepsNormalization = true }
  }

  /// The reason for a decoding error, in words.
  private static func reason(_ error: any Error) -> String {
    let context: DecodingError.Context? =
      switch error {
      case DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
        DecodingError.valueNotFound(_, let context), DecodingError.keyNotFound(_, let context):
        context
      default: nil
      }
    guard let context, let name = context.codingPath.first?.stringValue else { return "\(error)" }
    return "'\(name)' has a value that it cannot have: \(context.debugDescription)"
  }
}
