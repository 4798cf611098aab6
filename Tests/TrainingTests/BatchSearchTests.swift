import TestSupport
import Testing
import Training

@Suite("The search for the largest batch")
struct BatchSearchTests {
  /// - Parameter load: the load as a nondecreasing function of the batch size.
  /// - Returns: the batch size found, and the number of loads evaluated.
  private func search(
    upTo most: Int, from known: Int, least: Double, load: (Int) -> Double
  ) -> (found: Int?, asked: Int) {
    var search = BatchSearch(
      upTo: most, knowing: BatchSearch.Sample(batchSize: known, load: load(known)), least: least)
    var asked = 0
    while let next = search.next {
      search.add(BatchSearch.Sample(batchSize: next, load: load(next)))
      asked += 1
    }
    return (search.found, asked)
  }

  @Test("asks little where the load is linear", arguments: [1, 50, 700, 65_536])
  func linear(known: Int) {
    for largest in [1, 2, 49, 50, 51, 699, 12_345, 65_535] {
      let slope = 0.7 / (Double(largest) + 0.5)
      let (found, asked) = search(upTo: 65_536, from: known, least: 0.3) { 0.3 + slope * Double($0) }
      #expect(found == largest)
      #expect(asked <= 4, "\(known) and \(largest)")
    }
  }

  @Test("ends where everything fits, and where nothing does")
  func ends() {
    #expect(search(upTo: 5400, from: 50, least: 0.1) { 0.1 + 1e-9 * Double($0) } == (5400, 1))
    #expect(search(upTo: 50, from: 50, least: 0.1) { _ in 0.1 } == (50, 0))
    #expect(search(upTo: 5400, from: 50, least: 0) { _ in 0 } == (5400, 1))
    #expect(search(upTo: 5400, from: 1, least: 1.5) { _ in 1.5 } == (nil, 0))
    #expect(search(upTo: 5400, from: 50, least: 1.5) { 1.5 + Double($0) }.found == nil)
    #expect(search(upTo: 5400, from: 50, least: 0.5) { _ in 1.5 }.found == nil)
  }

  @Test("finds the border of any load that does not fall", arguments: 0..<200)
  func stairs(seed: Int) {
    var generator = SplitMix64(seed: UInt64(seed))
    let most = Int.random(in: 1...3000, using: &generator)
    var loads = [Double.random(in: 0...0.5, using: &generator)]
    let steepness = Double.random(in: 0...2, using: &generator) / Double(most)
    for _ in 0..<most {
      let isFlat = Bool.random(using: &generator)
      loads.append(
        loads[loads.count - 1] + (isFlat ? 0 : Double.random(in: 0...steepness, using: &generator)))
    }
    let border = loads.lastIndex { $0 <= 1 } ?? 0
    let known = Int.random(in: 1...most, using: &generator)
    let (found, asked) = search(upTo: most, from: known, least: loads[0]) { loads[$0] }
    #expect(found == (border > 0 ? border : nil))
    #expect(asked <= 40)
  }
}
