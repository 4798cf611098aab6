import CZlib

@testable import Datasets

/// Valid files for the readers, of a few bytes each.
enum Fixtures {
  /// An IDX file: magic, sizes, values.
  static func idx(magic: Int, sizes: [Int], values: [UInt8]) -> [UInt8] {
    ([magic] + sizes).flatMap { number in [24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) } } + values
  }

  static func idxImages(count: Int, height: Int = 2, width: Int = 3) -> [UInt8] {
    let pixels = (0..<count * height * width).map { UInt8($0 * 7 % 256) }
    return idx(magic: IDX.imagesMagic, sizes: [count, height, width], values: pixels)
  }

  static func idxLabels(_ labels: [UInt8]) -> [UInt8] {
    idx(magic: IDX.labelsMagic, sizes: [labels.count], values: labels)
  }

  /// CIFAR-10 records with these labels; the pixels depend on the label and the channel.
  static func cifar10(_ labels: [UInt8]) -> [UInt8] {
    labels.flatMap { label in
      [label] + (0..<3).flatMap { plane in [UInt8](repeating: label * 10 + UInt8(plane), count: 1024) }
    }
  }

  /// The six files of one record each, and the list of names.
  static var cifar10Files: [(name: String, bytes: [UInt8])] {
    let images = (CIFAR10.trainingFiles + [CIFAR10.testFile]).enumerated().map { index, name in
      (name: name, bytes: cifar10([UInt8(index)]))
    }
    let names = (0..<10).map { "class\($0)\n" }.joined() + "\n"
    return images + [(CIFAR10.namesFile, Array(names.utf8))]
  }

  /// The archive of these files, with the folder's own entry first.
  static var cifar10Archive: [UInt8] {
    let folder = CIFAR10.folderName + "/"
    return tarEntry(folder, kind: "5", [])
      + cifar10Files.flatMap { tarEntry(folder + $0.name, $0.bytes) }
      + tarEntry(folder + "readme.html", Array("another file".utf8)) + tarEnd
  }

  /// An archive of files.
  static func tar(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    files.flatMap { tarEntry($0.name, $0.bytes) } + tarEnd
  }

  static let tarEnd = [UInt8](repeating: 0, count: 1024)

  /// A header and the content, padded to whole blocks.
  static func tarEntry(
    _ name: String, kind: Character = "0", claiming size: Int? = nil, _ bytes: [UInt8]
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    func octal(_ number: Int, digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    put(name, at: 0)
    put("0000644", at: 100)
    put(octal(size ?? bytes.count, digits: 11), at: 124)
    put("        ", at: 148)
    put(String(kind), at: 156)
    put("ustar\u{0}00", at: 257)
    put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\u{0} ", at: 148)
    return header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
  }

  /// The bytes as gzip, compressed by zlib.
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 100)
    let size = Int32(MemoryLayout<z_stream>.size)
    deflateInit2_(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    let inputCount = UInt32(input.count)
    let outputCount = UInt32(output.count)
    let written = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = inputCount
        stream.next_out = output.baseAddress
        stream.avail_out = outputCount
        deflate(&stream, Z_FINISH)
        return Int(outputCount - stream.avail_out)
      }
    }
    deflateEnd(&stream)
    return Array(output.prefix(written))
  }
}
