import CWatchPage
import Files
import FlyingFox
import FlyingSocks
import Foundation
import Runs

/// The web page for following runs: HTTP on one address, with server-sent events.
///
///     /                           the page
///     /api/runs                   what runs there are, as JSON
///     /api/runs/NAME/journal      a run's journal, from byte `from` on
///     /api/runs/NAME/FILE         its configuration, inspection and pictures
///     /api/changes                an event whenever a journal has grown
public final class WatchServer: Sendable {
  private let folder: String
  private let door: Door
  private let server: HTTPServer
  private let host: String

  /// - Parameters:
  ///   - folder: of runs, or of one run.
  ///   - host: an IPv4 address to listen on. On any but 127.0.0.1 clients need the token in `url`.
  ///   - port: 0 for a free one.
  public init(of folder: String, host: String = "127.0.0.1", port: UInt16) throws {
    (self.folder, self.host) = (folder, host)
    door = Door(isLoopback: host == "127.0.0.1")
    server = HTTPServer(
      config: .init(address: try sockaddr_in.inet(ip4: host, port: port), logger: .disabled))
  }

  /// Serves until its task is cancelled.
  ///
  /// - Throws: if the address cannot be listened on.
  public func run() async throws {
    await server.appendRoute("*") { [self] request in respond(to: request) }
    try await server.run()
  }

  /// The page's URL, once the server listens.
  public func url() async throws -> String {
    try await server.waitUntilListening()
    guard case .ip4(_, let port) = await server.listeningAddress else { return "http://\(host)/" }
    return "http://\(host):\(port)/" + door.query
  }

  private func respond(to request: HTTPRequest) -> HTTPResponse {
    if let refusal = door.refusal(of: request) { return text(refusal, .forbidden) }
    guard request.method == .GET || request.method == .HEAD else {
      return text("only GET is answered here", .methodNotAllowed)
    }
    let parts = request.path.split(separator: "/").map(String.init)
    switch (parts.count, parts.first, parts.dropFirst().first) {
    case (0, _, _):
      let page = watchPage()
      return reply(
        Data(bytes: page.bytes, count: page.count), "text/html; charset=utf-8", door.greeting)
    case (2, "api", "runs"): return runs()
    case (2, "api", "changes"):
      let feed = ChangeFeed(folder: folder)
      return HTTPResponse(
        statusCode: .ok, headers: headers("text/event-stream"), body: HTTPBodySequence(from: feed))
    case (4, "api", "runs"): return file(parts[3], of: parts[2], request)
    default: return text("there is nothing at \(request.path)", .notFound)
    }
  }

  private struct Answer: Encodable {
    let folder: String
    let runs: [RunSummary]
  }

  private func runs() -> HTTPResponse {
    let answer = Answer(folder: folder, runs: RunRecord.all(in: folder).map(RunSummary.init))
    guard let json = try? JSONEncoder().encode(answer) else { return text("", .internalServerError) }
    return reply(json, "application/json")
  }

  /// A file of a run's folder, by name: no other path reaches the disk, and links are not followed, as they
  /// may lead out of a folder of untrusted origin.
  private func file(_ name: String, of run: String, _ request: HTTPRequest) -> HTTPResponse {
    guard let folder = RunRecord.folders(in: folder).first(where: { $0.name == run })?.path else {
      return text("there is no run \(run)", .notFound)
    }
    let types = [
      RunFiles.configuration: "text/plain; charset=utf-8", RunFiles.inspection: "application/json",
      RunFiles.mistakes: "image/png", RunFiles.filters: "image/png",
    ]
    guard !FolderListing.isLink("\(folder)/\(name == "journal" ? RunJournal.name : name)") else {
      return text("\(run) has no \(name), but a link to another place", .notFound)
    }
    if name == "journal" {
      let from = request.query.first { $0.name == "from" }.flatMap { Int($0.value) } ?? 0
      let bytes = (try? DurableFile.read("\(folder)/\(RunJournal.name)")) ?? []
      return reply(Data(bytes.dropFirst(max(0, from))), "application/jsonl; charset=utf-8")
    }
    guard let type = types[name], let bytes = try? DurableFile.read("\(folder)/\(name)") else {
      return text("\(run) has no \(name)", .notFound)
    }
    return reply(Data(bytes), type)
  }

  private func headers(_ type: String, _ more: HTTPHeaders = [:]) -> HTTPHeaders {
    var headers = more
    headers[.contentType] = type
    headers[HTTPHeader("Cache-Control")] = "no-store"
    headers[HTTPHeader("X-Content-Type-Options")] = "nosniff"
    headers[HTTPHeader("Content-Security-Policy")] =
      "default-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
    return headers
  }

  private func reply(_ body: Data, _ type: String, _ more: HTTPHeaders = [:]) -> HTTPResponse {
    HTTPResponse(statusCode: .ok, headers: headers(type, more), body: body)
  }

  private func text(_ message: String, _ status: HTTPStatusCode) -> HTTPResponse {
    HTTPResponse(
      statusCode: status, headers: headers("text/plain; charset=utf-8"), body: Data((message + "\n").utf8))
  }
}

/// A run's entry in the list of runs.
private struct RunSummary: Encodable {
  let name: String
  let state: RunRecord.State
  let epoch: Int?
  let epochs: Int?
  /// Bytes of its journal.
  let size: Int
  let hasFilters: Bool

  init(_ run: RunRecord) {
    (name, state, epoch, epochs) = (run.name, run.state, run.epoch, run.epochs)
    size = FolderListing.size(of: "\(run.path)/\(RunJournal.name)") ?? 0
    hasFilters = FolderListing.size(of: "\(run.path)/\(RunFiles.filters)") != nil
  }
}
