import Wording

/// The program curl, reduced to one download.
///
/// Its output goes through a pipe, not to a file: if this process ends, for any reason, curl's pipe breaks
/// and it ends too.
struct Curl {
  var program = "curl"

  /// Requests the bytes from `offset` on and passes them to `take`, which returns whether it wants more.
  ///
  /// - Returns: the failure of curl, or nil.
  /// - Throws: `DatasetError`: errors of `take`, or `.unavailable` if there is no such program.
  func get(
    _ url: String, from offset: Int, _ take: (UnsafeRawBufferPointer) throws(DatasetError) -> Bool
  ) throws(DatasetError) -> CurlFailure? {
    var command = [
      program, "--silent", "--show-error", "--fail", "--location", "--globoff", "--no-buffer",
      "--proto", "=http,https", "--proto-redir", "=http,https", "--max-redirs", "5",
      "--connect-timeout", "20",
      "--speed-limit", "1", "--speed-time", "60",  // no byte for a minute: a dead connection
      "--write-out", "%{stderr}\n\(CurlFailure.statusMark)%{http_code}\n",
    ]
    if offset > 0 { command += ["--continue-at", String(offset)] }
    command += ["--url", url]
    var wantsMore = true
    let ending = try Subprocess.run(command) { (bytes) throws(DatasetError) in
      wantsMore = try take(bytes)
      return wantsMore
    }
    guard wantsMore, ending.status != .exited(0) else { return nil }
    return CurlFailure(ending)
  }
}

/// A failure of curl.
struct CurlFailure {
  static let statusMark = "http-status: "

  private let status: Subprocess.Status
  private let httpStatus: Int
  private let message: String

  init(_ ending: Subprocess.Ending) {
    status = ending.status
    let lines = ending.errorText.split(separator: "\n")
    httpStatus =
      lines.last { $0.hasPrefix(Self.statusMark) }.flatMap { Int($0.dropFirst(Self.statusMark.count)) } ?? 0
    message = lines.last { $0.hasPrefix("curl: ") }.map(String.init) ?? "it gives no reason"
  }

  /// True if the server cannot resume this file, though it may send the whole.
  var cannotResume: Bool {
    status == .exited(33) || (status == .exited(22) && httpStatus == 416)
  }

  /// True if a retry may succeed.
  var isTransient: Bool {
    switch status {
    case .exited(22): httpStatus == 429 || (500...599).contains(httpStatus)
    // Partial file, timeout, empty reply, send or receive error, HTTP/2 stream error.
    case .exited(18), .exited(28), .exited(52), .exited(55), .exited(56), .exited(92): true
    default: false
    }
  }

  /// The failure as a sentence.
  ///
  /// - SeeAlso: curl(1), "EXIT CODES".
  func error(url: String, arrived: Int, of size: Int) -> DatasetError {
    let goOn =
      arrived > 0
      ? "; \(arrived.grouped) of \(size.grouped) bytes are kept, fetch again to go on from there" : ""
    let sentence =
      switch status {
      case .exited(1), .exited(3): "curl does not take this address: it must be one of http or https"
      case .exited(5): "the name of the proxy is not known: check the proxy settings"
      case .exited(6): "the server's name is not known: is there a network?"
      case .exited(7): "the server cannot be reached: is there a network?"
      case .exited(18), .exited(52), .exited(55), .exited(56), .exited(92): "the connection was cut off"
      case .exited(22) where httpStatus == 404: "the server has no such file (404)"
      case .exited(22): "the server refuses it (HTTP status \(httpStatus))"
      case .exited(28): "the server does not answer in time"
      case .exited(35), .exited(60): "no secure connection can be made: \(message)"
      case .exited: "it failed: \(message)"
      case .killed(let signal): "curl was ended by signal \(signal)"
      }
    return DatasetError(.unavailable, path: url, sentence + goOn)
  }
}
