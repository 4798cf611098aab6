import Tensors
import Testing

@Suite("Bytes")
struct BytesTests {
  private let all = Bytes([1, 2, 3, 4, 5, 6, 7])

  @Test("are a collection, equal to others by their values")
  func collection() {
    #expect(all.count == 7 && all[2] == 3 && Array(all.suffix(2)) == [6, 7])
    #expect(all == [1, 2, 3, 4, 5, 6, 7] && all != [1, 2, 3] && Bytes([]) == [])
    #expect(Set([all, all.part(0..<7), all.part(1..<3), [2, 3]]).count == 2)
    #expect(
      Array(all) == [1, 2, 3, 4, 5, 6, 7] && all.array == Array(all) && all.part(2..<4).array == [3, 4])
  }

  @Test("share their memory with their parts")
  func parts() {
    let part = all.part(2..<6).part(1..<3)
    #expect(part == [4, 5])
    #expect(part.region.baseAddress == all.region.baseAddress.map { $0 + 3 })
    var copy = [UInt8](repeating: 0, count: 2)
    copy.withUnsafeMutableBytes { all.part(2..<6).copy(from: 2, to: $0) }
    #expect(copy == [5, 6])
  }

  @Test("stay when what they came from is gone or changed")
  func lifetime() {
    var array = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
    let bytes = Bytes(array).part(500..<1000)
    for index in array.indices { array[index] = 0 }
    array = []
    #expect(Array(bytes) == (500..<1000).map { UInt8(truncatingIfNeeded: $0) })
  }

  @Test("are what a state begins with that is only read")
  func state() throws {
    let state = State("x", [2, 2], dtype: .uint8, role: .data, initial: .bytes(all.part(1..<5)))
    #expect(state.isReadOnly)
    #expect(
      state.initial.values(for: state, seed: 0) == TensorValues([2, 3, 4, 5] as [UInt8], shape: [2, 2]))
  }
}
