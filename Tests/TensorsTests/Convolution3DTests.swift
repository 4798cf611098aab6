import CPUBackend
import Execution
import Programs
import Tensors
import Testing

/// `conv3D` beside its definition, a sum over the window.
@Suite("Convolution of volumes")
struct Convolution3DTests {
  private static func numbers(_ shape: [Int], seed: Int) -> [Double] {
    (0..<shape.reduce(1, *)).map { Double(($0 * 37 + seed) % 23) / 11 - 1 }
  }

  private static func index(_ place: [Int], in shape: [Int]) -> Int {
    zip(place, shape).reduce(0) { $0 * $1.1 + $1.0 }
  }

  private static func places(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { places, extent in places.flatMap { place in (0..<extent).map { place + [$0] } } }
  }

  @Test(
    "is the sum over the window, for any stride, padding, dilation and groups",
    arguments: [
      (VolumeGeometry(), 1),
      (VolumeGeometry(stride: [2, 1, 3], padding: [1, 0, 2, 1, 0, 1]), 1),
      (VolumeGeometry(stride: [3, 2, 1], padding: [0, 2, 1, 1, 1, 1], dilation: [2, 1, 2]), 2),
    ])
  func definition(_ geometry: VolumeGeometry, groups: Int) throws {
    let (x, w) = ([2, 4, 5, 4, 6], [6, 4 / groups, 2, 3, 2])
    let (a, b) = (Self.numbers(x, seed: 3), Self.numbers(w, seed: 7))
    let y = conv3D(
      Tensor(a, shape: Shape(x)), Tensor(b, shape: Shape(w)), geometry, groups: groups)
    #expect(y.error == nil)
    let executable = try CPUBackend(.reference).compile(Program("volumes", outputs: [("y", y)]))
    try executable.run(steps: 1)
    let found = try executable.output(0).doubles
    for (result, place) in zip(found, Self.places(y.shape.dimensions)) {
      let group = place[1] / (w[0] / groups)
      var exact = 0.0
      for element in Self.places(Array(w.dropFirst())) {
        var at: [Int] = []
        for axis in 0..<3 {
          let start = place[axis + 2] * geometry.stride[axis] - geometry.padding[2 * axis]
          at.append(start + element[axis + 1] * geometry.dilation[axis])
        }
        guard (0..<3).allSatisfy({ at[$0] >= 0 && at[$0] < x[$0 + 2] }) else { continue }
        let voxel: [Int] = [place[0], group * w[1] + element[0]] + at
        exact += a[Self.index(voxel, in: x)] * b[Self.index([place[1]] + element, in: w)]
      }
      #expect(abs(result - exact) < 1e-12, "\(place): \(result), not \(exact)")
    }
  }
}
