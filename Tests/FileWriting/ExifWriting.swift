/// An Exif orientation tag as a TIFF file with one entry.
///
/// - Parameter isLong: true for a 32-bit value, as some programs write it.
public func exifTIFF(orientation: Int, isLong: Bool = false) -> [UInt8] {
  let entry: [UInt8] = [18, 1, isLong ? 4 : 3, 0, 1, 0, 0, 0, UInt8(orientation), 0, 0, 0]
  return [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0] + entry + [0, 0, 0, 0]
}
