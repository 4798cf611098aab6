import Foundation
import Testing

@testable import Training

@Suite("The table of settings")
struct SettingTests {
  /// The settings as files have them.
  private struct Filed: Codable {
    var settings = TrainingSettings()

    init() {}

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: SettingName.self)
      for setting in TrainingSettings.table { try setting.decode(&settings, from: container) }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: SettingName.self)
      for setting in TrainingSettings.table { try setting.encode(settings, to: &container) }
    }
  }

  private func text(_ filed: Filed) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(filed), as: UTF8.self)
  }

  @Test("has each name and option once")
  func names() {
    let (names, options) = (
      TrainingSettings.table.compactMap(\.name), TrainingSettings.table.compactMap(\.option)
    )
    #expect(Set(names).count == names.count && Set(options).count == options.count)
  }

  @Test("says of each option what a file has of it, and reads that again")
  func files() throws {
    let given: [(option: String, texts: [String], filed: String)] = [
      ("batch-size", ["7"], "\"batchSize\":7"), ("clip-norm", ["0.5"], "\"clipNorm\":0.5"),
      ("class-weights", ["1,2.5"], "\"classWeights\":[1,2.5]"),
      ("sampling", ["balanced"], "\"sampling\":\"balanced\""),
      ("random-flip", [], "\"horizontalFlip\":true"), ("random-shift", ["2"], "\"shift\":2"),
      ("freeze", ["a.*", "b"], "\"frozen\":[\"a.*\",\"b\"]"), ("normalize", ["mean"], "\"pixels\":\"mean\""),
    ]
    for (option, texts, filed) in given {
      let setting = try #require(TrainingSettings.table.first { $0.option == option })
      var own = Filed()
      try setting.value(of: texts)(&own.settings)
      let text = try text(own)
      #expect(text.contains(filed), "\(option)")
      #expect(try self.text(JSONDecoder().decode(Filed.self, from: Data(text.utf8))) == text)
    }
    // What is left open is in no file, and what a file leaves out is as usual.
    #expect(try !text(Filed()).contains("clipNorm"))
    #expect(try text(JSONDecoder().decode(Filed.self, from: Data("{}".utf8))) == text(Filed()))
  }

  @Test(
    "refuses what is out of range in a sentence",
    arguments: [
      (
        "clip-norm", "0", "gradients are clipped to a norm of 0.0, but that has to be a finite number above 0"
      ),
      ("reg", "-1", "the regularization is -1.0, but has to be a finite number that is not negative"),
      ("accuracy-samples", "0", "accuracy is measured on 0 images, but that has to be at least 1"),
    ])
  func ranges(option: String, text: String, sentence: String) throws {
    let setting = try #require(TrainingSettings.table.first { $0.option == option })
    var settings = TrainingSettings()
    try setting.value(of: [text])(&settings)
    #expect(throws: TrainingError.setting(sentence)) { try setting.check(settings) }
  }

  @Test("refuses words that are none of a choice, and what is no number")
  func misspelled() throws {
    for (option, text, words) in [
      ("precision", "bf17", "Did you mean 'bf16'?"), ("batch-size", "2.5", "no whole number"),
      ("class-weights", "balancd", "neither balanced nor a list of numbers"),
    ] {
      let setting = try #require(TrainingSettings.table.first { $0.option == option })
      let error = #expect(throws: SettingMisspelled.self) { try setting.value(of: [text]) }
      #expect(error?.description.contains(words) == true, "\(option)")
    }
  }
}
