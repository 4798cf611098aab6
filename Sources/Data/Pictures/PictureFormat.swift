/// The format of a picture file, by its first bytes: supported formats, and others known by name only.
public enum PictureFormat: String, CaseIterable, Sendable {
  case png = "PNG"
  case jpeg = "JPEG"
  case gif = "GIF"
  case bmp = "BMP"
  case webP = "WebP"
  case tiff = "TIFF"
  case heic = "HEIC"
  case avif = "AVIF"
  case svg = "SVG"
  case photoshop = "PSD"
  case jpegXL = "JPEG XL"
  case jpeg2000 = "JPEG 2000"
  case icon = "ICO"
  case cameraRaw = "camera raw"
  case netpbm = "Netpbm"
  case openEXR = "OpenEXR"
  case qoi = "QOI"
  case dicom = "DICOM"

  /// True if `Picture(file:)` reads it.
  public var isRead: Bool {
    switch self {
    case .png, .jpeg, .gif, .bmp, .webP: true
    default: false
    }
  }

  /// The supported formats as text: "PNG, JPEG, GIF, BMP or WebP".
  public static let readNames: String = {
    let names = allCases.filter(\.isRead).map(\.rawValue)
    return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
  }()

  /// The number of bytes examined.
  public static let headCount = 512

  /// - Parameter head: the first bytes of a file, up to `headCount`.
  public init?(head: some Collection<UInt8>) {
    let head = Array(head.prefix(Self.headCount))
    guard let format = Self.bySignature(head) ?? Self.byBox(head) ?? Self.byText(head) else { return nil }
    self = format
  }

  private static func bySignature(_ head: [UInt8]) -> PictureFormat? {
    func has(_ bytes: [UInt8], at offset: Int = 0) -> Bool {
      head.count >= offset + bytes.count && head[offset..<offset + bytes.count].elementsEqual(bytes)
    }
    func has(_ text: String, at offset: Int = 0) -> Bool { has(Array(text.utf8), at: offset) }
    if has([0x89, 0x50, 0x4E, 0x47]) { return .png }
    if has([0xFF, 0xD8, 0xFF]) { return .jpeg }
    if has("GIF87a") || has("GIF89a") { return .gif }
    if has("RIFF"), has("WEBP", at: 8) { return .webP }
    // Two letters are weak evidence: the header's size must be one of the known ones, too.
    if has("BM"), head.count > 17, [12, 40, 52, 56, 64, 108, 124].contains(head[14]), has([0, 0, 0], at: 15) {
      return .bmp
    }
    if has([0x49, 0x49, 42, 0]) || has([0x4D, 0x4D, 0, 42]) || has([0x49, 0x49, 43, 0])
      || has([0x4D, 0x4D, 0, 43])
    {
      return has("CR", at: 8) ? .cameraRaw : .tiff
    }
    if has("8BPS") { return .photoshop }
    if has([0xFF, 0x0A]) || has([0, 0, 0, 12] + Array("JXL ".utf8)) { return .jpegXL }
    if has([0, 0, 0, 12] + Array("jP  ".utf8)) || has([0xFF, 0x4F, 0xFF, 0x51]) { return .jpeg2000 }
    if has([0, 0, 1, 0]), head.count > 9, head[4] > 0, head[5] == 0, head[9] == 0 { return .icon }
    if has([0x76, 0x2F, 0x31, 0x01]) { return .openEXR }
    if has("qoif") { return .qoi }
    if has("DICM", at: 128) { return .dicom }
    if has("FUJIFILMCCD-RAW") { return .cameraRaw }
    return nil
  }

  /// ISO base media files, whose first box lists their brands.
  private static func byBox(_ head: [UInt8]) -> PictureFormat? {
    guard head.count >= 16, head[4..<8].elementsEqual("ftyp".utf8) else { return nil }
    let length = head[0..<4].reduce(0) { $0 << 8 | Int($1) }
    let brands = stride(from: 8, to: min(length, head.count) - 3, by: 4).map {
      String(decoding: head[$0..<$0 + 4], as: UTF8.self)
    }
    if brands.contains("avif") || brands.contains("avis") { return .avif }
    if brands.first == "crx " { return .cameraRaw }
    let isHEIC = brands.contains {
      ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"].contains($0)
    }
    return isHEIC ? .heic : nil
  }

  private static func byText(_ head: [UInt8]) -> PictureFormat? {
    if head.count > 2, head[0] == UInt8(ascii: "P"),
      (UInt8(ascii: "1")...UInt8(ascii: "7")).contains(head[1]),
      [0x0A, 0x0D, 0x20, 0x09].contains(head[2])
    {
      return .netpbm
    }
    let text = head.drop { $0 <= 0x20 || [0xEF, 0xBB, 0xBF].contains($0) }
    guard text.first == UInt8(ascii: "<") else { return nil }
    return String(decoding: text, as: UTF8.self).contains("<svg") ? .svg : nil
  }
}
