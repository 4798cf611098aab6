/// A graphics card as its maker describes it, for predictions: of what a step would take on it, to be held against what it takes.
public struct CardModel: Hashable, Sendable, Encodable {
  /// As `--device-model` takes it.
  public let name: String
  public let title: String

  /// Operations in float32 a second, in 10¹², a multiplication and an addition being two.
  public let teraflops: Double

  /// The same of its matrix units in float16, with sums in float32; nil without units that the kernels use.
  public let unitTeraflops: Double?

  /// Bytes to and from its memory a second, in 10⁹.
  public let gigabytesPerSecond: Double

  /// What workgroups run on: streaming multiprocessors, compute units or Xe cores.
  public let cores: Int
  let subgroupSize: Int

  /// The cards whose figures are known.
  ///
  /// From the makers' data sheets, at boost clocks: NVIDIA's Ada architecture paper and the H200's data sheet (without sparsity),
  /// AMD's pages of the Radeon RX 7900 XTX, RX 6800 and Ryzen AI Max+ 395, Intel's of the Arc A770 with 16 GB. The kernels use no
  /// units on the Arc, whose registers are too few for their tiles.
  public static let all = [
    CardModel("rtx4090", "NVIDIA GeForce RTX 4090", 82.6, units: 165.2, 1008, cores: 128, subgroupSize: 32),
    CardModel("h200", "NVIDIA H200", 67, units: 989, 4800, cores: 132, subgroupSize: 32),
    CardModel("rx7900xtx", "AMD Radeon RX 7900 XTX", 61.4, units: 122.8, 960, cores: 96, subgroupSize: 64),
    CardModel("rx6800", "AMD Radeon RX 6800", 16.2, units: nil, 512, cores: 60, subgroupSize: 64),
    CardModel("radeon8060s", "AMD Radeon 8060S", 29.7, units: 59.4, 256, cores: 40, subgroupSize: 64),
    CardModel("arc-a770", "Intel Arc A770", 19.7, units: nil, 560, cores: 32, subgroupSize: 32),
  ]

  /// The card of a backend's name, as drivers spell it; nil for others.
  package init?(of backend: String) {
    let plain = backend.replacing("(R)", with: "").replacing("(TM)", with: "").replacing("(tm)", with: "")
    // The longest: one card's name may begin another's.
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

  /// What kernels reach of the peak of ordinary arithmetic: the share of multiply-adds among the vector instructions of a tiled
  /// product's inner loop, 0.7 to 0.89 as RADV compiles it.
  static let arithmeticShare = 0.75
  /// Of the matrix units': assumed, because tiles in shared memory are read for each product.
  static let unitShare = 0.4
  /// Of the memory's bandwidth: assumed.
  static let bandwidthShare = 0.8
  /// Seconds from one dispatch to the next that waits for it: assumed.
  static let start = 4e-6
}
