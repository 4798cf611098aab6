/// A camera's note of how it was held, as the TIFF file that it is: one entry.
///
/// - Parameter isLong: as a number of 32 bits, as some programs write it.
public func exifTIFF(orientation: Int, isLong: Bool = false) -> [UInt8] {
  let entry: [UInt8] = [18, 1, isLong ? 4 : 3, 0, 1, 0, 0, 0, UInt8(orientation), 0, 0, 0]
  return [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0] + entry + [0, 0, 0, 0]
}
