import Tensors
import Testing

@Suite("Shapes")
struct ShapeTests {
  @Test(
    "stretch to one another",
    arguments: [
      (Shape([]), Shape([2, 3]), Shape([2, 3])),
      ([3], [2, 3], [2, 3]),
      ([2, 1], [2, 3], [2, 3]),
      ([2, 1], [1, 3], [2, 3]),
      ([4, 1, 5], [3, 1], [4, 3, 5]),
      ([1], [0], [0]),
      ([0, 1], [1, 4], [0, 4]),
      ([1, 1, 1], [], [1, 1, 1]),
    ] as [(Shape, Shape, Shape)])
  func broadcast(_ a: Shape, _ b: Shape, _ common: Shape) {
    #expect(a.broadcast(with: b) == common)
    #expect(b.broadcast(with: a) == common)
  }

  @Test(
    "do not stretch where neither extent is 1",
    arguments: [([2], [3]), ([2, 3], [2]), ([0], [2]), ([4, 2, 1], [3, 1])] as [(Shape, Shape)])
  func mismatch(_ a: Shape, _ b: Shape) {
    #expect(a.broadcast(with: b) == nil)
    #expect(b.broadcast(with: a) == nil)
  }

  @Test("know their elements")
  func counts() {
    #expect(Shape([]).count == 1)
    #expect(Shape([2, 0, 3]).count == 0)
    #expect(Shape([2, 3, 4]).count == 24)
    #expect(Shape([2, 3, 4]).rowMajorStrides == [12, 4, 1])
    #expect(Shape([2, 3]).description == "[2, 3]")
    #expect(Shape([]).description == "[]")
  }

  @Test("are found for every operation")
  func inference() {
    let x = zeros([2, 3, 4])
    #expect((x + zeros([3, 1])).shape == [2, 3, 4])
    #expect(matmul(zeros([2, 3]), zeros([3, 5])).shape == [2, 5])
    #expect(x.transposed().shape == [4, 3, 2])
    #expect(x.transposed([1, 0, 2]).shape == [3, 2, 4])
    #expect(x.sum([0, 2]).shape == [3])
    #expect(x.sum([0, -1], keepingAxes: true).shape == [1, 3, 1])
    #expect(x.mean().shape == [])
    #expect(x.argmax(1).shape == [2, 4])
    #expect(x.argmax(1).dtype == .int32)
    #expect(x.padded(before: [0, 1, 2], after: [1, 0, 0]).shape == [3, 4, 6])
    #expect(x.sliced(from: [1, 0, 2], [1, 3, 0]).shape == [1, 3, 0])
    #expect(x.gathered(at: .indices(7)).dtype == .float32)
    #expect(x.gathered(at: Tensor([Int32](repeating: 0, count: 7), shape: [7])).shape == [7, 3, 4])
    #expect(scatterAdd(x, at: .indices(2), rows: 9).shape == [9, 3, 4])
    #expect(softmaxCrossEntropy(zeros([5, 3]), zeros([5], .int32)).shape == [5])
    #expect((x .< x).dtype == .bool)
  }
}

func zeros(_ shape: Shape, _ dtype: DType = .float32) -> Tensor {
  State("zeros", shape, dtype: dtype, role: .data).value
}
