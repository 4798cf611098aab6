import CPUBackend
import Layers
import Tensors
import Testing

@Suite("Normalization of images, against loops over every pixel")
struct ImageNormalizationTests {
  // N images, C channels, H×W pixels.
  private static let (n, c, h, w) = (3, 6, 4, 5)

  /// The layer's result in float64, where γ goes up from 1 and β down from 0.
  private func found(_ layer: some Layer, _ x: State) throws -> [Double] {
    let states = StateStore(dtype: .float64)
    let y = layer.forward(x.value, in: Pass(.training, states: states))
    let gamma = try #require(states["weight"])
    let beta = try #require(states["bias"])
    let values = [
      (gamma, TensorValues((0..<Self.c).map { Double($0 + 1) }, shape: gamma.shape)),
      (beta, TensorValues((0..<Self.c).map { -Double($0) }, shape: beta.shape)),
    ]
    return try results([y], on: CPUBackend(.reference), with: values)[0]
  }

  /// Pixels with the same mean and variance have the same group; the plain loops use neither axes nor
  /// reshaping.
  private func expected(_ x: [Double], group: (_ image: Int, _ channel: Int) -> Int) -> [Double] {
    func places(of wanted: Int) -> [Int] {
      var places: [Int] = []
      for image in 0..<Self.n {
        for channel in 0..<Self.c where group(image, channel) == wanted {
          for row in 0..<Self.h {
            for column in 0..<Self.w {
              places.append(((image * Self.c + channel) * Self.h + row) * Self.w + column)
            }
          }
        }
      }
      return places
    }
    var y = x
    var wanted = 0
    while case let places = places(of: wanted), !places.isEmpty {
      var mean = 0.0
      for place in places { mean += x[place] / Double(places.count) }
      var variance = 0.0
      for place in places { variance += (x[place] - mean) * (x[place] - mean) / Double(places.count) }
      for place in places {
        let channel = place / (Self.h * Self.w) % Self.c
        y[place] = Double(channel + 1) * (x[place] - mean) / (variance + 1e-5).squareRoot() - Double(channel)
      }
      wanted += 1
    }
    return y
  }

  private let x = State(
    "x", [n, c, h, w], dtype: .float64, role: .data, initial: .normal(standardDeviation: 4))

  private func pixels() throws -> [Double] { try results([x.value], on: CPUBackend(.reference))[0] }

  // Some hundred float64 roundings, of numbers up to 30.
  private let bound = 1e-12

  @Test("in a batch shares mean and variance between the pixels of a channel")
  func batch() throws {
    #expect(try distance(found(BatchNorm(), x), expected(pixels()) { _, channel in channel }) < bound)
  }

  @Test("in groups shares them between the channels of a group, image by image", arguments: [1, 2, 3, 6])
  func group(_ groups: Int) throws {
    let loops = try expected(pixels()) { image, channel in image * groups + channel / (Self.c / groups) }
    #expect(try distance(found(GroupNorm(groups: groups), x), loops) < bound)
  }

  @Test("in a layer shares them between all pixels of an image")
  func layer() throws {
    #expect(try distance(found(LayerNorm(), x), expected(pixels()) { image, _ in image }) < bound)
  }
}
