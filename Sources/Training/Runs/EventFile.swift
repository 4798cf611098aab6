import EventFormat
package import Files
import FoundationEssentials
import Glibc
import SwiftProtobuf

/// A TensorBoard event file: records of `Event` messages, each with its length and checksums.
///
/// - SeeAlso: <https://github.com/tensorflow/tensorboard>, `tensorboard/compat/proto/event.proto`.
public final class EventFile {
  private let file: Int32

  /// Creates a file in a run's folder.
  ///
  /// - Parameter time: seconds since 1970; part of its name, by which TensorBoard orders the files of a
  ///   resumed run.
  package init(in folder: String, time: Double) throws(FileError) {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let path = "\(folder)/events.out.tfevents.\(Int(time)).\(host).\(getpid())"
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard file >= 0 else {
      throw FileError(.cannotWrite, path: path, "cannot be written: \(String(cString: strerror(errno)))")
    }
    var event = TensorBoardEvent()
    (event.wallTime, event.fileVersion) = (time, "brain.Event:2")
    add(event)
  }

  deinit { close(file) }

  /// A value at one step.
  public enum Value {
    case number(Double)
    /// Counts of numbers in bins of equal width from the least to the greatest.
    case histogram(least: Double, greatest: Double, counts: [Int], sum: Double, sumOfSquares: Double)
    case picture(width: Int, height: Int, channels: Int, png: [UInt8])
    /// Markdown.
    case text(String)
  }

  /// Writes values under tags such as `accuracy/validation`.
  public func add(_ values: [(tag: String, value: Value)], step: Int, time: Double) {
    var event = TensorBoardEvent()
    (event.wallTime, event.step) = (time, Int64(step))
    event.summary.value = values.map { tag, value in
      var item = TensorBoardSummary.Value()
      item.tag = tag
      switch value {
      case .number(let number): item.simpleValue = Float(number)
      case .histogram(let least, let greatest, let counts, let sum, let squares):
        let width = (greatest - least) / Double(max(counts.count, 1))
        item.histo.min = least
        item.histo.max = greatest
        item.histo.num = Double(counts.reduce(0, +))
        item.histo.sum = sum
        item.histo.sumSquares = squares
        item.histo.bucketLimit = counts.indices.map {
          $0 == counts.count - 1 ? greatest : least + Double($0 + 1) * width
        }
        item.histo.bucket = counts.map(Double.init)
      case .picture(let width, let height, let channels, let png):
        item.image.width = Int32(width)
        item.image.height = Int32(height)
        item.image.colorspace = Int32(channels)
        item.image.encodedImageString = Data(png)
      case .text(let text):
        item.metadata.pluginData.pluginName = "text"
        item.tensor.dtype = .dtString
        item.tensor.stringVal = [Data(text.utf8)]
        item.tensor.tensorShape.dim = [.with { $0.size = 1 }]
      }
      return item
    }
    add(event)
  }

  /// Writes one record: length, its checksum, the message, its checksum.
  ///
  /// A full disk ends the file, not the run.
  private func add(_ event: TensorBoardEvent) {
    guard let message: [UInt8] = try? event.serializedBytes() else { return }
    let length = EventFile.littleEndian(UInt64(message.count))
    let record =
      length + EventFile.littleEndian(EventFile.masked(length)) + message
      + EventFile.littleEndian(EventFile.masked(message))
    _ = record.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
  }

  /// The masked checksum of the record format: rotated, plus a constant.
  private static func masked(_ bytes: [UInt8]) -> UInt32 {
    let crc = CRC32C.checksum(bytes)
    return (crc >> 15 | crc << 17) &+ 0xa282_ead8
  }

  private static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
