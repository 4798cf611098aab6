import EventFormat
import Files
import SwiftProtobuf
import TestSupport
import Testing

@testable import Runs

@Suite("TensorBoard's event files")
struct EventFileTests {
  @Test("have the checksum of RFC 3720's examples")
  func checksum() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(CRC32C.checksum(0..<32) == 0x46dd_794e)
  }

  @Test("hold numbers, histograms, pictures and texts, each record with its length")
  func records() throws {
    let folder = try TemporaryFolder()
    let file = try EventFile(in: folder.path, time: 1_700_000_000)
    file.add([("loss", .number(0.5)), ("note", .text("**bold**"))], step: 3, time: 1_700_000_001)
    file.add(
      [
        ("weights", .histogram(least: -1, greatest: 1, counts: [1, 2], sum: 0.5, sumOfSquares: 2)),
        ("picture", .picture(width: 2, height: 1, channels: 3, png: [1, 2, 3])),
      ], step: 4, time: 1_700_000_002)
    let name = try #require(FolderListing.names(in: folder.path).first)
    #expect(name.hasPrefix("events.out.tfevents.1700000000."))
    let events = try records(of: DurableFile.read("\(folder.path)/\(name)"))
    #expect(events.map(\.fileVersion) == ["brain.Event:2", "", ""])
    #expect(events.map(\.step) == [0, 3, 4])
    let numbers = events[1].summary.value
    #expect(numbers.map(\.tag) == ["loss", "note"])
    #expect(numbers[0].simpleValue == 0.5)
    #expect(numbers[1].metadata.pluginData.pluginName == "text")
    #expect(numbers[1].tensor.stringVal.map { String(decoding: $0, as: UTF8.self) } == ["**bold**"])
    let (histogram, picture) = (events[2].summary.value[0].histo, events[2].summary.value[1].image)
    #expect(histogram.bucketLimit == [0, 1])
    #expect(histogram.bucket == [1, 2])
    #expect((histogram.num, histogram.sumSquares) == (3, 2))
    #expect((picture.width, picture.height, picture.colorspace) == (2, 1, 3))
  }

  /// The messages of a file, after checking its lengths and checksums.
  private func records(of bytes: [UInt8]) throws -> [TensorBoardEvent] {
    func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }
    func masked(_ bytes: ArraySlice<UInt8>) -> Int {
      let crc = CRC32C.checksum(bytes)
      return Int((crc >> 15 | crc << 17) &+ 0xa282_ead8)
    }
    var (rest, events) = (bytes[...], [TensorBoardEvent]())
    while !rest.isEmpty {
      let length = number(rest.prefix(8))
      #expect(masked(rest.prefix(8)) == number(rest.dropFirst(8).prefix(4)))
      let message = rest.dropFirst(12).prefix(length)
      #expect(masked(message) == number(rest.dropFirst(12 + length).prefix(4)))
      events.append(try TensorBoardEvent(serializedBytes: Array(message)))
      rest = rest.dropFirst(16 + length)
    }
    return events
  }
}
