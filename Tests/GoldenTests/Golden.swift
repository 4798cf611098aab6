import Foundation
import Tensors
import Testing

/// A case of Fixtures/goldens.json, computed by a plain float64 program, Fixtures/make_goldens.py, with
/// gradients by central differences.
///
/// The program agrees with the numbers printed in the CS231n notebooks.
struct Golden: Decodable, Sendable, CustomTestStringConvertible {
  struct Numbers: Decodable, Sendable {
    let shape: [Int]
    let data: [Double]

    func values(_ dtype: DType) -> TensorValues {
      TensorValues(converting: data, shape: Shape(shape), to: dtype)
    }
  }

  struct Attributes: Decodable, Sendable {
    let labels: [Int32]?
    let reg: Double?
    let groups: Int?
    let stride: Int?
    let pad: Int?
    let height: Int?
  }

  let name: String
  let attributes: Attributes
  let inputs: [String: Numbers]
  let output: Numbers
  let upstream: Numbers?
  let gradients: [String: Numbers]?
  let nextState: [String: Numbers]?

  private enum CodingKeys: String, CodingKey {
    case name, attributes, inputs, output, upstream, gradients
    case nextState = "next_state"
  }

  var testDescription: String {
    let shapes = inputs.sorted { $0.key < $1.key }.map { "\($0.key)\(Shape($0.value.shape))" }
    return "\(name) of \(shapes.joined(separator: ", "))"
  }

  static let all: [Golden] = {
    struct File: Decodable { let cases: [Golden] }
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
      path: "Fixtures/goldens.json")
    guard let data = try? Data(contentsOf: url), let file = try? JSONDecoder().decode(File.self, from: data)
    else {
      return []
    }
    return file.cases
  }()
}
