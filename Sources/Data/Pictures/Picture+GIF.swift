import CGIF
import CPictures

extension Picture {
  /// Reads the first frame of a GIF file, placed on a white canvas.
  ///
  /// - Throws: `PictureError` for other formats and truncated files.
  /// - SeeAlso: CompuServe, "Graphics Interchange Format, version 89a".
  init(gif bytes: [UInt8], fitting target: (width: Int, height: Int)?) throws(PictureError) {
    // giflib retains the address across calls.
    self = try bytes.withUnsafeBytes { bytes in
      Result { () throws(PictureError) in
        let reader = try GIFReader(bytes)
        return try reader.firstPicture(fitting: target)
      }
    }.get()
  }
}

private final class GIFReader {
  /// The unread rest of the file; on the heap, because giflib has its address.
  private let source: UnsafeMutablePointer<UnsafeRawBufferPointer>
  private let gif: UnsafeMutablePointer<GifFileType>
  private let byteCount: Int
  /// The transparent colour's index.
  private var transparent: Int?

  init(_ bytes: UnsafeRawBufferPointer) throws(PictureError) {
    source = .allocate(capacity: 1)
    source.initialize(to: bytes)
    byteCount = bytes.count
    var error: CInt = 0
    let opened = DGifOpen(
      source,
      { gif, target, count in
        guard let gif, let target, let data = gif.pointee.UserData, count > 0 else { return 0 }
        let source = data.assumingMemoryBound(to: UnsafeRawBufferPointer.self)
        let part = source.pointee.prefix(Int(count))
        UnsafeMutableRawBufferPointer(start: target, count: part.count)
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
        source.pointee = UnsafeRawBufferPointer(rebasing: source.pointee.dropFirst(part.count))
        return CInt(part.count)
      }, &error)
    guard let opened else {
      source.deallocate()
      throw GIFReader.damaged(error)
    }
    gif = opened
  }

  deinit {
    DGifCloseFile(gif, nil)
    source.deallocate()
  }

  func firstPicture(fitting target: (width: Int, height: Int)?) throws(PictureError) -> Picture {
    while true {
      var type = UNDEFINED_RECORD_TYPE
      try demand(DGifGetRecordType(gif, &type))
      switch type {
      case IMAGE_DESC_RECORD_TYPE:
        try demand(DGifGetImageDesc(gif))
        return try picture(fitting: target)
      case EXTENSION_RECORD_TYPE: try readExtension()
      case TERMINATE_RECORD_TYPE: throw PictureError(reason: "is a GIF file without a picture")
      default: break
      }
    }
  }

  private func readExtension() throws(PictureError) {
    var code: CInt = 0
    var block: UnsafeMutablePointer<GifByteType>?
    try demand(DGifGetExtension(gif, &code, &block))
    if code == GRAPHICS_EXT_FUNC_CODE, let block {
      var control = GraphicsControlBlock()
      if DGifExtensionToGCB(Int(block[0]), block + 1, &control) == GIF_OK {
        transparent = control.TransparentColor < 0 ? nil : Int(control.TransparentColor)
      }
    }
    while block != nil { try demand(DGifGetExtensionNext(gif, &block)) }
  }

  private func picture(fitting target: (width: Int, height: Int)?) throws(PictureError) -> Picture {
    let image = gif.pointee.Image
    guard let map = image.ColorMap ?? gif.pointee.SColorMap, let colors = map.pointee.Colors else {
      throw PictureError(reason: "is a damaged GIF file: it has no palette")
    }
    let (left, top) = (Int(image.Left), Int(image.Top))
    let (width, height) = (Int(image.Width), Int(image.Height))
    guard width > 0, height > 0 else {
      throw PictureError(reason: "is a damaged GIF file: its picture is of \(width)×\(height)")
    }
    let canvas = (
      width: max(Int(gif.pointee.SWidth), left + width), height: max(Int(gif.pointee.SHeight), top + height)
    )
    // A code of some ten bits encodes at most 4,096 pixels.
    try Picture.checkPlausible(width: canvas.width, height: canvas.height, bytes: byteCount, most: 4096)
    let factor = try Picture.factor(width: canvas.width, height: canvas.height, fitting: target)
    var palette = [UInt8](repeating: 0, count: 3 * 256)
    for index in 0..<min(256, Int(map.pointee.ColorCount)) {
      palette[3 * index] = colors[index].Red
      palette[3 * index + 1] = colors[index].Green
      palette[3 * index + 2] = colors[index].Blue
    }
    if let transparent, transparent < 256 {
      palette.replaceSubrange(3 * transparent..<3 * transparent + 3, with: [255, 255, 255])
    }
    return try Picture(
      rowsOf: canvas.width, canvas.height, channels: 3, factor: factor, inOrder: false, background: 255
    ) { (rows) throws(PictureError) in
      let white = [UInt8](repeating: 255, count: 3 * canvas.width)
      // The canvas around the frame: above, below, and on both sides.
      for row in 0..<canvas.height where factor > 1 {
        let isBeside = (top..<top + height).contains(row)
        lemnos_rows_add(&rows, Int64(row), 0, 1, Int64(isBeside ? left : canvas.width), white)
        guard isBeside else { continue }
        let right = left + width
        lemnos_rows_add(&rows, Int64(row), Int64(right), 1, Int64(canvas.width - right), white)
      }
      var indices = [GifPixelType](repeating: 0, count: width)
      var line = [UInt8](repeating: 0, count: 3 * width)
      for row in image.Interlace ? GIFReader.interlaced(height) : Array(0..<height) {
        try demand(DGifGetLine(gif, &indices, CInt(width)))
        for column in 0..<width {
          let place = 3 * Int(indices[column])
          for channel in 0..<3 { line[3 * column + channel] = palette[place + channel] }
        }
        lemnos_rows_add(&rows, Int64(top + row), Int64(left), 1, Int64(width), line)
      }
    }
  }

  /// The interlaced row order, in four passes.
  private static func interlaced(_ height: Int) -> [Int] {
    [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { first, step in Array(stride(from: first, to: height, by: step))
    }
  }

  private func demand(_ status: CInt) throws(PictureError) {
    guard status != GIF_OK else { return }
    throw GIFReader.damaged(gif.pointee.Error)
  }

  private static func damaged(_ error: CInt) -> PictureError {
    let text = GifErrorString(error).map { String(cString: $0) } ?? "error \(error)"
    return PictureError(reason: "is a damaged GIF file: \(text)")
  }
}
