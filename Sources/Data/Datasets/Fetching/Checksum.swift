/// The program md5sum (coreutils).
struct Checksum {
  var program = "md5sum"

  /// The MD5 of a file: 32 hexadecimal digits.
  ///
  /// - Throws: `DatasetError`: `.unavailable` if the program is missing or fails, `.missing` or `.unusable`
  ///   if the file cannot be read.
  func md5(of path: String) throws(DatasetError) -> String {
    // By standard input: md5sum escapes unusual file names.
    let file = try OpenFile(reading: path)
    var output = ""
    let ending = try Subprocess.run([program], input: file) { bytes in
      output += String(decoding: bytes, as: UTF8.self)
      return output.utf8.count < 256
    }
    let digits = output.prefix { $0.isHexDigit }
    guard ending.status == .exited(0), digits.count == 32 else {
      throw DatasetError(.unavailable, path: path, "\(program) failed: \(ending.errorText.prefix(200))")
    }
    return digits.lowercased()
  }
}
