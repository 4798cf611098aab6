import ArgumentParser
import Lemnos
import Training

/// The options of settings.
///
/// The parser finds options by reflection. These are declared nowhere but in the table: its rows are what reflection
/// shows.
protocol SettingOptions: ParsableArguments, CustomReflectable {
  static var scopes: [SettingScope] { get }
  /// The table's settings that have options here.
  static var settings: [Setting<RunConfiguration>] { get }
  /// Those on the command line.
  var given: [GivenSetting] { get set }
}

/// A setting on the command line.
struct GivenSetting: Sendable {
  /// Without its dashes.
  let option: String
  let set: @Sendable (inout RunConfiguration) -> Void
}

extension SettingOptions {
  static var settings: [Setting<RunConfiguration>] {
    RunConfiguration.table.filter { $0.option != nil && scopes.contains($0.scope) }
  }

  var customMirror: Mirror {
    Mirror(self, children: Self.settings.map { (label: $0.option, value: $0.argument) })
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: SettingName.self)
    self.init()
    given = try Self.settings.compactMap { try $0.given(in: container) }
  }

  /// - Parameter option: without its dashes.
  func isGiven(_ option: String) -> Bool { given.contains { $0.option == option } }
}

extension Setting<RunConfiguration> {
  /// As the parser declares it.
  fileprivate var argument: Any {
    let name = NameSpecification.customLong(option ?? "")
    let help = ArgumentHelp(help, valueName: placeholder)
    return switch form {
    case .flag: Flag(wrappedValue: false, name: name, help: help)
    case .words: Option<[String]>(wrappedValue: [], name: name, parsing: .upToNextOption, help: help)
    case .word, .number:
      Option<GivenSetting?>(
        wrappedValue: nil, name: name, parsing: form == .number ? .unconditional : .next, help: help,
        transform: { try given([$0]) })
    }
  }

  /// Nil where it is not.
  fileprivate func given(in container: KeyedDecodingContainer<SettingName>) throws -> GivenSetting? {
    let key = SettingName(stringValue: option ?? "")
    switch form {
    case .flag:
      let flag = try container.decodeIfPresent(Flag<Bool>.self, forKey: key)
      return flag?.wrappedValue == true ? try given([]) : nil
    case .words:
      let texts = try container.decodeIfPresent(Option<[String]>.self, forKey: key)?.wrappedValue ?? []
      return texts.isEmpty ? nil : try given(texts)
    case .word, .number:
      return try container.decodeIfPresent(Option<GivenSetting?>.self, forKey: key)?.wrappedValue
    }
  }

  private func given(_ texts: [String]) throws -> GivenSetting {
    GivenSetting(option: option ?? "", set: try value(of: texts))
  }
}

extension RunConfiguration {
  /// Puts what was given on the command line in place of what was there.
  ///
  /// - Parameter model: in place of `--model`.
  /// - Throws: `ValidationError` for a size of images that have one of their own.
  mutating func set(_ options: some SettingOptions, model: Model? = nil) throws {
    let asked = RunConfiguration(options)
    if options.isGiven("data") { data = asked.data }
    setTask(asked.task, model: model ?? (options.isGiven("model") ? asked.model : nil))
    if !self.model.hasHiddenLayers { hidden = [] }
    for setting in options.given { setting.set(&self) }
    // AdamW is for those who want no penalty in the loss.
    if options.isGiven("optimizer"), optimizer == .adamw, !options.isGiven("reg") { self.regularization = 0 }
    // Who names another run's parameters has its pixels, too, unless other ones are asked for.
    if options.isGiven("from") { keepsNormalization = true }
    if options.isGiven("normalize") { keepsNormalization = nil }
    if options.isGiven("image-size"), self.model.takes != .masks, try !Dataset.isImageFolder(data) {
      throw ValidationError("--image-size is for a folder of pictures; \(data) has its own.")
    }
  }

  /// The usual one with what was given on the command line.
  init(_ options: some SettingOptions) {
    self.init()
    for setting in options.given { setting.set(&self) }
  }
}

/// What decides the sizes and the form of a network that is named otherwise, and which of its parameters are trained.
struct NetworkOptions: SettingOptions {
  static let scopes = [SettingScope.step]
  static let settings =
    RunConfiguration.network.filter { $0.option != nil && $0.option != "model" }
    + RunConfiguration.table.filter { $0.option?.hasPrefix("lora") ?? false }
  var given: [GivenSetting] = []
}

/// What decides the work of a training step: the network, its images, its loss and its update rule.
struct StepOptions: SettingOptions {
  static let scopes = [SettingScope.step]
  var given: [GivenSetting] = []
}

/// The same and what decides the rest of a run.
struct RunOptions: SettingOptions {
  static let scopes = [SettingScope.step, .run]
  var given: [GivenSetting] = []
}
