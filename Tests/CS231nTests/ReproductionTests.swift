import Lemnos
import Reports
import Testing

@testable import CS231n

@Suite("A reproduction")
struct ReproductionTests {
  /// A very short experiment: 60 images, two epochs.
  private static let tiny = Experiment(
    name: "Tiny", model: { FullyConnectedNet(hidden: [8], classes: $0) }, optimizer: SGD(learningRate: 1e-3),
    images: 60,
    epochs: 2, batchSize: 20, seeds: 3, weightScale: 1e-2
  )
  .expecting(.firstLoss, published: 2.5)
  .expecting(.validationAccuracy, published: 0.9, torch: (0.8, 0.1))

  private static func reproduction(_ form: Reproduction.Form) throws -> Reproduction {
    Reproduction(
      data: try .bundled(), backend: .cpu, form: form, seed: 7, on: { _ in }, until: { false })
  }

  @Test("runs as many seeds as the experiment has, each another, and the same again")
  func seeds() throws {
    let trials = try Self.reproduction(.full).trials(Self.tiny)
    #expect(trials.label == "Tiny, 60 images, 2 epochs")
    #expect(trials.histories.count == 3)
    #expect(trials.histories.allSatisfy { $0.losses.count == 6 && $0.epochs.count == 2 })
    #expect(Set(trials.histories).count == 3)
    #expect(try Self.reproduction(.full).trials(Self.tiny).histories == trials.histories)
    let claims = trials.claims
    #expect(claims.map(\.published) == [2.5, 0.9])
    #expect(claims[0].ours == Band(of: trials.histories.map { Double($0.losses[0]) }))
    #expect(
      claims[1].ours.mean == trials.histories.reduce(0) { $0 + ($1.epochs[1].validationAccuracy ?? 0) } / 3)
  }

  @Test("in its quick form runs once, and compares nothing that was done with fewer images")
  func quick() throws {
    let whole = try Self.reproduction(.quick).trials(Self.tiny)
    #expect(whole.histories.count == 1 && whole.claims.map(\.published) == [2.5, 0.9])
    let fewer = try Self.reproduction(.quick).trials(Self.tiny, images: 40)
    #expect(fewer.label == "Tiny, 40 images, 2 epochs")
    #expect(fewer.histories[0].losses.count == 4)
    #expect(fewer.claims.allSatisfy { $0.published == nil && $0.torch == nil })
  }

  @Test("draws curves of what happened")
  func curves() throws {
    let trials = try Self.reproduction(.full).trials(Self.tiny)
    let curve = trials.validationCurve("validation")
    let last = Band(of: trials.histories.map { $0.epochs[1].validationAccuracy ?? .nan })
    #expect(curve.points.map(\.x) == [1, 2])
    #expect(curve.points[1].y == last.mean && curve.spread?[1] == last.deviation)
    let losses = trials.lossCurve("loss").points
    #expect(losses.count == 6 && losses[0].x == 1)
    #expect(abs(losses[0].y - trials.band(.firstLoss).mean) < 1e-9)
  }

  @Test("has parts of different names")
  func parts() {
    #expect(Set(Part.all.map(\.name)).count == Part.all.count)
  }
}
