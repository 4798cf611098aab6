/// A GPU's data-sheet figures, for predictions of step times (a roofline model).
public struct CardModel: Hashable, Sendable, Encodable {
  /// The name that `--device-model` takes.
  public let name: String
  public let title: String

  /// float32 TFLOP/s, a multiply-add being two operations.
  public let teraflops: Double

  /// TFLOP/s of its matrix units in float16 with float32 accumulation; nil without units that the kernels
  /// use.
  public let unitTeraflops: Double?

  /// Memory bandwidth in GB/s.
  public let gigabytesPerSecond: Double

  /// The number of streaming multiprocessors, compute units or Xe cores, each of which runs workgroups.
  public let cores: Int
  let subgroupSize: Int

  /// The GPUs with known figures.
  ///
  /// From the makers' data sheets, at boost clocks: NVIDIA's Ada architecture paper and the H200's data sheet (without
  /// sparsity), AMD's pages of the Radeon RX 7900 XTX, RX 6800 and Ryzen AI Max+ 395, Intel's of the Arc A770 with 16
  /// GB. The kernels use no units on the Arc, whose registers are too few for their tiles.
  public static let all = [
    CardModel("rtx4090", "NVIDIA GeForce RTX 4090", 82.6, units: 165.2, 1008, cores: 128, subgroupSize: 32),
    CardModel("h200", "NVIDIA H200", 67, units: 989, 4800, cores: 132, subgroupSize: 32),
    CardModel("rx7900xtx", "AMD Radeon RX 7900 XTX", 61.4, units: 122.8, 960, cores: 96, subgroupSize: 64),
    CardModel("rx6800", "AMD Radeon RX 6800", 16.2, units: nil, 512, cores: 60, subgroupSize: 64),
    CardModel("radeon8060s", "AMD Radeon 8060S", 29.7, units: 59.4, 256, cores: 40, subgroupSize: 64),
    CardModel("arc-a770", "Intel Arc A770", 19.7, units: nil, 560, cores: 32, subgroupSize: 32),
  ]

  /// The GPU of a backend's name, as drivers spell it; nil for others.
  package init?(of backend: String) {
    let plain = backend.replacing("(R)", with: "").replacing("(TM)", with: "").replacing("(tm)", with: "")
    // The longest match: one GPU's name may be a prefix of another's.
    let cards = CardModel.all.filter { plain.contains($0.title) }
    guard let card = cards.max(by: { $0.title.count < $1.title.count }) else { return nil }
    self = card
  }

  private init(
    _ name: String, _ title: String, _ teraflops: Double, units: Double?, _ gigabytesPerSecond: Double,
    cores: Int, subgroupSize: Int
  ) {
    (self.name, self.title, self.teraflops, unitTeraflops) = (name, title, teraflops, units)
    (self.gigabytesPerSecond, self.cores, self.subgroupSize) = (gigabytesPerSecond, cores, subgroupSize)
  }

  /// The share of peak arithmetic that kernels reach: the fraction of multiply-adds among the vector
  /// instructions of a tiled product's inner loop, 0.7 to 0.89 as RADV compiles it.
  static let arithmeticShare = 0.75
  /// The same for matrix units: assumed, because tiles in shared memory are read for each product.
  static let unitShare = 0.4
  /// The same for memory bandwidth: assumed.
  static let bandwidthShare = 0.8
  /// Seconds between dependent dispatches: assumed.
  static let start = 4e-6
}
