/// A published data set: the addresses and checksums of its files.
public struct DatasetSource: Hashable, Sendable {
  /// A file as it was published.
  public struct File: Hashable, Sendable {
    public let name: String
    /// In bytes.
    public let size: Int
    /// 32 hexadecimal digits, as published: protects against corruption, not forgery.
    public let md5: String

    public init(name: String, size: Int, md5: String) {
      self.name = name
      self.size = size
      self.md5 = md5
    }
  }

  /// The name on the command line.
  public let name: String
  /// The address of the files' folder, with a trailing slash.
  public let baseURL: String
  public let files: [File]

  public init(name: String, baseURL: String, files: [File]) {
    self.name = name
    self.baseURL = baseURL
    self.files = files
  }

  /// The folder that `lemnos data fetch` puts it in, and that `--data` with its name reads.
  public var usualFolder: String { "data/\(name)" }

  /// The total size in bytes.
  public var size: Int { files.reduce(0) { $0 + $1.size } }
}

extension DatasetSource {
  /// All known sets.
  public static let all = [fashionMNIST, mnist, cifar10]

  /// The known set of that name.
  public static func named(_ name: String) -> DatasetSource? { all.first { $0.name == name } }

  /// 60,000 + 10,000 pictures of garments, 1×28×28 (MIT licence).
  ///
  /// - SeeAlso: https://github.com/zalandoresearch/fashion-mnist
  public static let fashionMNIST = DatasetSource(
    name: "fashion-mnist",
    baseURL: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",  // a bucket without https
    files: [
      File(name: "train-images-idx3-ubyte.gz", size: 26_421_880, md5: "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
      File(name: "train-labels-idx1-ubyte.gz", size: 29_515, md5: "25c81989df183df01b3e8a0aad5dffbe"),
      File(name: "t10k-images-idx3-ubyte.gz", size: 4_422_102, md5: "bef4ecab320f06d8554ea6380940ec79"),
      File(name: "t10k-labels-idx1-ubyte.gz", size: 5_148, md5: "bb300cfdad3c16e7a12a480ee83cd310"),
    ])

  /// 60,000 + 10,000 handwritten digits, 1×28×28.
  ///
  /// - SeeAlso: LeCun, Bottou, Bengio & Haffner 1998; the mirror is the one that torchvision uses.
  public static let mnist = DatasetSource(
    name: "mnist",
    baseURL: "https://ossci-datasets.s3.amazonaws.com/mnist/",
    files: [
      File(name: "train-images-idx3-ubyte.gz", size: 9_912_422, md5: "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
      File(name: "train-labels-idx1-ubyte.gz", size: 28_881, md5: "d53e105ee54ea40749a09fcbcd1e9432"),
      File(name: "t10k-images-idx3-ubyte.gz", size: 1_648_877, md5: "9fb629c4189551a2d022fa330f9573f3"),
      File(name: "t10k-labels-idx1-ubyte.gz", size: 4_542, md5: "ec29112dd5afa0611ce80d1b7f02629c"),
    ])

  /// 50,000 + 10,000 photographs in ten classes, 3×32×32, as one archive.
  ///
  /// - SeeAlso: https://www.cs.toronto.edu/~kriz/cifar.html
  public static let cifar10 = DatasetSource(
    name: "cifar10",
    baseURL: "https://www.cs.toronto.edu/~kriz/",
    files: [
      File(name: CIFAR10.archiveName, size: 170_052_171, md5: "c32a1d4ab5d03f1284b67883e8d87530")
    ])
}
