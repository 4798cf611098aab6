import Sessions
import Tensors
import Testing

@Suite("A tensor's description")
struct DescriptionTests {
  @Test("has its values, the states that it reads, or what is wrong")
  func descriptions() {
    let x = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    #expect("\(x * 2)" == "float32[2, 2] [[2.0, 4.0], [6.0, 8.0]]")
    #expect("\(Tensor(3, dtype: .int32))" == "int32[] 3")
    #expect("\(Tensor.indices(100))" == "int32[100] [0, 1, 2, …, 97, 98, 99]")
    #expect("\(Tensor([] as [Double], shape: [0, 3]))" == "float64[0, 3] []")
    let w = State("w", [2, 2], role: .weight)
    #expect("\(matmul(Tensor.input("x", [3, 2]), w.value))" == "float32[3, 2], computed from w, x")
    #expect("\(matmul(x, Tensor.full([3, 3], 1)))".hasPrefix("matmul: [2, 2] by [3, 3]"))
    let n = 3
    #expect("\(n * x - n)" == "float32[2, 2] [[0.0, 3.0], [6.0, 9.0]]")
  }
}
