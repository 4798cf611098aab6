import CWebP

/// A WebP file of RGBA pixels, `[height, width, 4]`; lossless, or lossy at the best quality.
public func webP(width: Int, height: Int, rgba: [UInt8], isLossless: Bool) -> [UInt8] {
  var output: UnsafeMutablePointer<UInt8>?
  let count =
    isLossless
    ? WebPEncodeLosslessRGBA(rgba, CInt(width), CInt(height), CInt(4 * width), &output)
    : WebPEncodeRGBA(rgba, CInt(width), CInt(height), CInt(4 * width), 100, &output)
  defer { WebPFree(output) }
  return Array(UnsafeBufferPointer(start: output, count: count))
}

/// An animation of one frame on a canvas, with an optional Exif chunk.
public func animatedWebP(
  canvas: (width: Int, height: Int), at place: (left: Int, top: Int), frame: [UInt8],
  size: (width: Int, height: Int)
) -> [UInt8] {
  func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  let animation = webPChunk("ANIM", [255, 255, 255, 255, 0, 0])
  let header =
    number(place.left / 2, 3) + number(place.top / 2, 3) + number(size.width - 1, 3)
    + number(size.height - 1, 3)
    + number(100, 3) + [0]
  return extendedWebP(
    canvas: canvas, flags: 0x12, chunks: animation + webPChunk("ANMF", header + frame.dropFirst(12)))
}

/// An image with an Exif chunk.
public func webP(_ file: [UInt8], canvas: (width: Int, height: Int), exif: [UInt8]) -> [UInt8] {
  extendedWebP(canvas: canvas, flags: 0x08, chunks: file.dropFirst(12) + webPChunk("EXIF", exif))
}

private func webPChunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
  let count = (0..<4).map { UInt8(truncatingIfNeeded: content.count >> (8 * $0)) }
  return Array(name.utf8) + count + content + [UInt8](repeating: 0, count: content.count % 2)
}

private func extendedWebP(canvas: (width: Int, height: Int), flags: UInt8, chunks: [UInt8]) -> [UInt8] {
  func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  let header = webPChunk(
    "VP8X", [flags, 0, 0, 0] + number(canvas.width - 1, 3) + number(canvas.height - 1, 3))
  let content = Array("WEBP".utf8) + header + chunks
  return Array("RIFF".utf8) + number(content.count, 4) + content
}
