import CPUBackend
import Execution
import Programs
import Tensors
import TestSupport
import Testing

/// Operations composed of others, compared with values from PyTorch or computed by hand.
@Suite("Operations made of others")
struct CompositeTests {
  private func values(_ tensor: Tensor) throws -> [Double] {
    let executable = try CPUBackend(.reference).compile(Program("values", outputs: [("value", tensor)]))
    try executable.run(steps: 1)
    return try executable.output(0).doubles
  }

  private let x = Tensor((0..<6).map(Double.init), shape: [2, 3])

  @Test("join, cut and pick")
  func movement() throws {
    #expect(try values(concatenate([x, x * 10], axis: 1)) == [0, 1, 2, 0, 10, 20, 3, 4, 5, 30, 40, 50])
    #expect(stack([x, x, x], axis: -1).shape == [2, 3, 3])
    #expect(try values(stack([x, -x], axis: 1)) == [0, 1, 2, 0, -1, -2, 3, 4, 5, -3, -4, -5])
    #expect(try x.split([1, 2], axis: 1).map(values) == [[0, 3], [1, 2, 4, 5]])
    #expect(try x.split(into: 3, axis: 1).map(values) == [[0, 3], [1, 4], [2, 5]])
    #expect("\(x.split(into: 2, axis: 1)[1])".contains("cannot be cut into 2 equal parts"))
    #expect(try values(x[1]) == [3, 4, 5] && x[1].shape == [3])
    #expect(try values(x[.all, -1]) == [2, 5] && x[0..., ..<2].shape == [2, 2])
    let index = Tensor([2, 0, 1, 1] as [Int32], shape: [2, 2])
    #expect(try values(x.taken(at: index, axis: 1)) == [2, 0, 4, 4])
    #expect(try values(index.oneHot(3)) == [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0])
    #expect(try values(x.cumulativeSum(0)) == [0, 1, 2, 3, 5, 7])
    #expect(x.expanded(at: -1).shape == [2, 3, 1] && x.expanded(at: 0).squeezed(0).shape == [2, 3])
  }

  @Test("sort stably, with NaNs last, as the standard library does", arguments: [0, 1, 2, 31, 32, 1000])
  func sorting(_ count: Int) throws {
    let numbers = (0..<count).map { place -> Float in
      place % 17 == 5 ? .nan : Float((place * 7919) % 23) - 11
    }
    let x = Tensor(numbers, shape: [count])
    for descending in [false, true] {
      let expected = (0..<count).sorted { a, b in
        let (x, y) = (numbers[a], numbers[b])
        if x.isNaN != y.isNaN { return y.isNaN }
        return x == y || x.isNaN ? a < b : descending ? x > y : x < y
      }
      #expect(try values(x.argsort(descending: descending)) == expected.map(Double.init))
      let sorted = try values(x.sorted(descending: descending))
      #expect(zip(sorted, expected).allSatisfy { $0 == Double(numbers[$1]) || $0.isNaN && numbers[$1].isNaN })
    }
    let whole = Tensor([Int32.max, 0, .min, -1], shape: [4])
    #expect(try values(whole.argsort(descending: true)) == [0, 1, 3, 2])
    #expect(try values(whole.min()) == [Double(Int32.min)])
    #expect(try values(whole.argmin()) == [2])
  }

  @Test("pick the greatest, and say where they are")
  func greatest() throws {
    let x = Tensor([3, 1, 4, 1, 5, 9, 2, 6] as [Float], shape: [2, 4])
    let (top, places) = x.topK(2)
    #expect(try values(top) == [4, 3, 9, 6])
    #expect(try values(places) == [2, 0, 1, 3])
    #expect(x.topK(0).values.shape == [2, 0])
    #expect(x.topK(5).values.error?.reason == "axis 1 of [2, 4] has no 5 elements")
    #expect(x.argsort(2).error?.reason == "takes a tensor with an axis 2 of at most 2²⁹ elements, not [2, 4]")
  }

  @Test("add up and multiply what comes before, and what goes to one place")
  func scanning() throws {
    let x = Tensor([1, 2, -.infinity, 4, 0, 2] as [Double], shape: [6])
    #expect(try values(x.cumulativeSum()) == [1, 3, -.infinity, -.infinity, -.infinity, -.infinity])
    #expect(try values(x[..<2].cumulativeProduct()) == [1, 2])
    #expect(try values(x[3...].cumulativeProduct()) == [4, 0, 0])
    #expect(x.cast(to: .uint8).cumulativeSum().error != nil)
    let places = Tensor([2, 0, 2, 1, 1, 9] as [Int32], shape: [2, 3])
    #expect(try values(self.x.scatterAdded(at: places, extent: 3)) == [1, 0, 2, 0, 7, 5])
    #expect(try values(self.x.scatterAdded(at: places, axis: 0, extent: 2)) == [0, 1, 0, 3, 4, 7])
    #expect(self.x.scatterAdded(at: places[0], extent: 3).error?.reason.contains("int32[3]") == true)
    #expect(self.x.scatterAdded(at: places, extent: 0).error?.reason.contains("an extent of 0") == true)
  }

  @Test("pad as mirrors, walls and rings do")
  func padding() throws {
    let row = x[0]
    #expect(try values(row.padded(before: [2], after: [1], .reflect)) == [2, 1, 0, 1, 2, 1])
    #expect(try values(row.padded(before: [2], after: [1], .replicate)) == [0, 0, 0, 1, 2, 2])
    #expect(try values(row.padded(before: [2], after: [1], .circular)) == [1, 2, 0, 1, 2, 0])
    #expect(
      row.padded(before: [3], after: [0], .reflect).error?.reason.contains("cannot reflect to 3 and 0")
        == true)
  }

  @Test("resize as PyTorch does")
  func resizing() throws {
    let image = x.reshaped([1, 1, 2, 3])
    // torch.nn.functional.interpolate(x, size=(3, 2), mode="bilinear")
    let bilinear = try values(image.resized(to: [3, 2]))
    #expect(zip(bilinear, [0.25, 1.75, 1.75, 3.25, 3.25, 4.75]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(try values(image.resized(to: [4, 2], .nearest)) == [0, 1, 0, 1, 3, 4, 3, 4])
    // torch.nn.functional.adaptive_avg_pool2d(x, (1, 2))
    #expect(try values(image.adaptivelyPooled(to: [1, 2])) == [2, 3])
  }

  @Test("sum by the names of axes")
  func einstein() throws {
    #expect(try values(einsum("ij,kj->ik", x, x)) == [5, 14, 14, 50])
    #expect(try values(einsum("ij->j", x)) == [3, 5, 7])
    #expect(try values(einsum("ij->ji", x)) == [0, 3, 1, 4, 2, 5])
    #expect(try values(einsum("i,j->ij", x[0], x[1])) == [0, 0, 0, 3, 4, 5, 6, 8, 10])
    #expect(try values(einsum("ij,ij->", x, x)) == [55])
    #expect(
      einsum("ij,jk->ik", x, x).error?.reason
        == "'ij,jk->ik': the axis j has 3 elements in one tensor and 2 in the other")
    #expect(einsum("ij", x).error?.reason == "'ij': takes a form such as 'ij,jk->ik'")
    #expect(einsum("ii->i", x).error?.reason == "'ii->i': ii does not name the axes of [2, 3], each once")
  }

  @Test("refuse what does not fit, with both shapes")
  func refusals() {
    #expect(
      concatenate([x, x[0]], axis: 0).error?.reason
        == "float64[2, 3] and float64[3] do not fit together along axis 0")
    #expect(x[2].error?.reason == "axis 0 of [2, 3] has no 2")
    #expect(x[0, 0, 0].error?.reason == "3 indices are too many for [2, 3]")
    #expect(softmax(x, axis: 2).error?.reason == "there is no axis 2 in [2, 3]")
    #expect(
      batchedMatmul(x, x).error?.reason
        == "takes matrices […, m, k] and […, k, n] of one type, not float64[2, 3] and float64[2, 3]")
  }
}
