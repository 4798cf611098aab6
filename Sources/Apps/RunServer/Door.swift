import FlyingFox
import Foundation

/// Access control of the server.
///
/// Other pages in the same browser can send requests to 127.0.0.1 under a host name that resolves there (DNS
/// rebinding). So the Host and Origin headers must name this machine. If other machines can connect, requests
/// need a token.
struct Door: Sendable {
  private let isLoopback: Bool
  private let token: String

  private static let names = ["127.0.0.1", "localhost", "[::1]"]
  private static let cookie = "lemnos-token"

  init(isLoopback: Bool) {
    self.isLoopback = isLoopback
    var random = SystemRandomNumberGenerator()
    token = (0..<2).map { _ in String(random.next() as UInt64, radix: 36) }.joined()
  }

  /// The query of the page's URL.
  var query: String { isLoopback ? "" : "?token=\(token)" }

  /// Headers sent with the page: a cookie, so that its requests have the token, too.
  var greeting: HTTPHeaders {
    isLoopback
      ? [:] : [HTTPHeader("Set-Cookie"): "\(Door.cookie)=\(token); HttpOnly; SameSite=Strict; Path=/"]
  }

  /// The reason to refuse a request; nil to accept it.
  func refusal(of request: HTTPRequest) -> String? {
    let host = request.headers[.host] ?? ""
    if let origin = request.headers[HTTPHeader("Origin")], origin != "http://\(host)" {
      return "requests from other pages are not answered"
    }
    guard !isLoopback else {
      return Door.names.contains(Door.name(of: host)) ? nil : "this is not \(host): use http://127.0.0.1"
    }
    let given = request.query.first { $0.name == "token" }?.value
    let kept = (request.headers[HTTPHeader("Cookie")] ?? "").split(separator: ";")
      .map { $0.trimmingCharacters(in: .whitespaces) }.first { $0.hasPrefix("\(Door.cookie)=") }
      .map { String($0.dropFirst(Door.cookie.count + 1)) }
    return given == token || kept == token
      ? nil : "use the address that lemnos watch has printed, with its token"
  }

  /// A host without its port.
  private static func name(of host: String) -> String {
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[...end]) }
    return String(host.prefix { $0 != ":" }).lowercased()
  }
}
