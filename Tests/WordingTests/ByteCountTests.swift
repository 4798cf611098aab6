import Testing
import Wording

@Suite("A size in bytes")
struct ByteCountTests {
  @Test(
    "is read as people write it",
    arguments: [
      ("1", 1), ("500000000", 500_000_000), ("12b", 12), ("2kB", 2000), ("512MB", 512_000_000),
      ("4GB", 4_000_000_000), ("4gb", 4_000_000_000), ("4 GB", 4_000_000_000), ("1.5GiB", 3 << 29),
      ("0.5 KiB", 512), ("3TiB", 3 << 40), ("1TB", 1_000_000_000_000), ("7MiB", 7 << 20),
    ])
  func read(text: String, count: Int) { #expect(Int(byteCount: text) == count) }

  @Test(
    "is nothing else",
    arguments: [
      "", " ", "MB", "4G", "4Gi", "-1", "-4GB", "+4GB", "0", "0MB", "0.1", "1.5", "0.0001kB", ".5GB", "5.GB",
      "1.2.3GB", "1e9", "0x10", "nan", "inf", "infMB", "1,5GB", "4GB.", "4 GB free", "٣GB",
      "99999999999999TB",
      "9223372036854775808",
    ])
  func refused(text: String) { #expect(Int(byteCount: text) == nil) }
}
