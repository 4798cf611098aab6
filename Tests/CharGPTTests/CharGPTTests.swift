import Lemnos
import Reports
import Testing

@testable import CharGPT

@Suite("nanoGPT's recipe")
struct CharGPTTests {
  private func reproduction(_ runs: @escaping (CharGPTReproduction.Run) -> Void) -> CharGPTReproduction {
    CharGPTReproduction(
      text: .bundled, backend: .cpu, form: .quick, seed: 3, on: { run, _ in runs(run) }, until: { false })
  }

  @Test("learns, and tells it on a page")
  func quick() throws {
    var runs: [CharGPTReproduction.Run] = []
    let report = try reproduction { runs.append($0) }.run()
    let run = try #require(runs.first)
    #expect(runs.count == 1 && run.seed == 3 && run.history.losses.count == 400)
    // 80 characters alike would be 4.4 nats, and letters by their frequency alone 2.9.
    #expect(run.validationLoss < 2.7 && run.validationLoss > 1.5)
    let html = report.html
    #expect(html.contains("quick form") && html.contains("<pre>") && html.contains("<svg"))
    #expect(!html.contains("PyTorch"))
    let sample = try #require(html.split(separator: "<pre>").last?.split(separator: "</pre>").first)
    #expect(sample.count >= 500)
  }

  @Test("stops when it is asked to")
  func stops() {
    let reproduction = CharGPTReproduction(
      text: .bundled, backend: .cpu, form: .quick, seed: 3, on: { _, _ in }, until: { true })
    #expect(throws: CharGPTReproduction.Stopped.self) { try reproduction.run() }
  }
}
