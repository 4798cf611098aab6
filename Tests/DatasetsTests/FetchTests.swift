import TestSupport
import Testing

@testable import Datasets

@Suite("Fetching")
struct FetchTests {
  private static let content = (0..<100_000).map { UInt8($0 * $0 % 251) }
  private static let name = "file.bin"

  /// A fetcher without pauses between attempts.
  private static let fetcher = Fetcher(pauseInMilliseconds: 1)

  private func source(md5: String? = nil) throws -> DatasetSource {
    let folder = try TemporaryFolder()
    let right = try Checksum().md5(of: folder.write(Self.content, as: "right"))
    let file = DatasetSource.File(name: Self.name, size: Self.content.count, md5: md5 ?? right)
    return DatasetSource(name: "test", baseURL: "http://127.0.0.1:1/", files: [file])
  }

  /// Fetches, and returns the progress messages without their figures.
  @discardableResult
  private func fetch(
    _ source: DatasetSource, into folder: TemporaryFolder, from url: String, with fetcher: Fetcher = fetcher
  ) throws -> [FetchProgress] {
    var events: [FetchProgress] = []
    try fetcher.fetch(source, into: Folder(folder.path), from: url) { event in
      if case .receiving = event { return }
      events.append(event)
    }
    return events
  }

  @Test("puts the file in place, and keeps it the next time")
  func success() throws {
    let server = try LocalServer([Self.name: .init(content: Self.content)])
    defer { server.stop() }
    let folder = try TemporaryFolder()
    let first = try fetch(source(), into: folder, from: server.baseURL)
    #expect(first == [.checking(file: Self.name), .finished(file: Self.name)])
    #expect(try folder.names() == [Self.name])
    #expect(try folder.read(Self.name) == Self.content)
    let second = try fetch(source(), into: folder, from: server.baseURL)
    #expect(second == [.alreadyThere(file: Self.name)])
    #expect(server.requests.count == 1)
  }

  @Test("goes on where a connection was cut off, within one fetch")
  func resumeAtOnce() throws {
    let server = try LocalServer([Self.name: .init(content: Self.content, cuts: [30_000, 20_000])])
    defer { server.stop() }
    let folder = try TemporaryFolder()
    try fetch(source(), into: folder, from: server.baseURL)
    #expect(server.requests.map(\.rangeStart) == [nil, 30_000, 50_000])
    #expect(try folder.read(Self.name) == Self.content)
  }

  @Test("goes on where an earlier fetch was cut off")
  func resumeLater() throws {
    let server = try LocalServer([Self.name: .init(content: Self.content, cuts: [30_000])])
    defer { server.stop() }
    let folder = try TemporaryFolder()
    let error = #expect(throws: DatasetError.self) {
      try fetch(source(), into: folder, from: server.baseURL, with: Fetcher(attempts: 1))
    }
    #expect(error?.category == .unavailable)
    #expect(error?.message.contains("cut off; 30,000 of 100,000 bytes are kept") == true)
    #expect(try folder.names() == [Self.name + ".part"])
    try fetch(source(), into: folder, from: server.baseURL)
    #expect(server.requests.map(\.rangeStart) == [nil, 30_000])
    #expect(try folder.names() == [Self.name])
    #expect(try folder.read(Self.name) == Self.content)
  }

  @Test("begins again when the front was another file's", arguments: [1_000, 100_000, 200_000])
  func foreignPart(size: Int) throws {
    let server = try LocalServer([Self.name: .init(content: Self.content)])
    defer { server.stop() }
    let folder = try TemporaryFolder()
    try folder.write([UInt8](repeating: 0xAA, count: size), as: Self.name + ".part")
    try fetch(source(), into: folder, from: server.baseURL)
    #expect(server.requests.last?.rangeStart == nil)
    #expect(try folder.read(Self.name) == Self.content)
  }

  @Test("begins again when the server cannot send a rest")
  func noRanges() throws {
    let server = try LocalServer([Self.name: .init(content: Self.content, cuts: [30_000], ranges: false)])
    defer { server.stop() }
    let folder = try TemporaryFolder()
    try fetch(source(), into: folder, from: server.baseURL)
    #expect(server.requests.map(\.rangeStart) == [nil, 30_000, nil])
    #expect(try folder.read(Self.name) == Self.content)
  }

  @Test("leaves nothing behind when what comes is another file", arguments: [10, 100_000, 5_000_000])
  func wrongContent(size: Int) throws {
    let server = try LocalServer([Self.name: .init(content: [UInt8](repeating: 7, count: size))])
    defer { server.stop() }
    let folder = try TemporaryFolder()
    let error = #expect(throws: DatasetError.self) { try fetch(source(), into: folder, from: server.baseURL) }
    #expect(error?.category == .unusable)
    #expect(error?.message.contains("is not the published file (100,000 bytes") == true)
    #expect(try folder.names() == [])
    #expect(server.requests.count == 1)
  }

  @Test("cuts off a server that sends more than the file has")
  func endless() throws {
    let server = try LocalServer([Self.name: .init(content: [UInt8](repeating: 7, count: 5_000_000))])
    defer { server.stop() }
    let folder = try TemporaryFolder()
    var most = 0
    #expect(throws: DatasetError.self) {
      try Self.fetcher.fetch(source(), into: Folder(folder.path), from: server.baseURL) { event in
        if case .receiving(_, let bytes, _) = event { most = max(most, bytes) }
      }
    }
    #expect(most <= Self.content.count + 65_536)  // one read of the pipe
  }

  @Test("does not touch another file that is in the place")
  func foreignFile() throws {
    let folder = try TemporaryFolder()
    let place = try folder.write([1, 2, 3], as: Self.name)
    let error = #expect(throws: DatasetError.self) {
      try fetch(source(), into: folder, from: "http://127.0.0.1:1/")
    }
    #expect(error?.category == .cannotWrite)
    #expect(error?.path == place)
    #expect(try folder.read(Self.name) == [1, 2, 3])
  }

  @Test("says when the server has no such file, and does not insist")
  func notFound() throws {
    let server = try LocalServer([:])
    defer { server.stop() }
    let folder = try TemporaryFolder()
    let error = #expect(throws: DatasetError.self) { try fetch(source(), into: folder, from: server.baseURL) }
    #expect(error?.message == "the server has no such file (404)")
    #expect(error?.path == server.baseURL + Self.name)
    #expect(try folder.names() == [])
    #expect(server.requests.count == 1)
  }

  @Test("tries again when the server is out of order")
  func serverError() throws {
    let server = try LocalServer([Self.name: .init(content: [], status: 503)])
    defer { server.stop() }
    let error = #expect(throws: DatasetError.self) {
      try fetch(source(), into: TemporaryFolder(), from: server.baseURL)
    }
    #expect(error?.message == "the server refuses it (HTTP status 503)")
    #expect(server.requests.count == 4)
  }

  @Test("says when there is no server, no such host, or no such kind of address")
  func unreachable() throws {
    let server = try LocalServer([:])
    server.stop()
    let folder = try TemporaryFolder()
    let down = #expect(throws: DatasetError.self) { try fetch(source(), into: folder, from: server.baseURL) }
    #expect(down?.message == "the server cannot be reached: is there a network?")
    // RFC 2606 reserves .invalid.
    let unknown = #expect(throws: DatasetError.self) {
      try fetch(source(), into: folder, from: "http://lemnos.invalid/")
    }
    #expect(unknown?.category == .unavailable)
    let file = #expect(throws: DatasetError.self) { try fetch(source(), into: folder, from: "file:///etc/") }
    #expect(file?.message.contains("http or https") == true)
    #expect(try folder.names() == [])
  }

  @Test("says which program is missing")
  func noCurl() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: DatasetError.self) {
      let fetcher = Fetcher(curl: Curl(program: "no-such-curl"))
      try fetch(source(), into: folder, from: "http://127.0.0.1:1/", with: fetcher)
    }
    #expect(error?.category == .unavailable)
    #expect(error?.message.contains("no-such-curl cannot be started: it is not installed") == true)
    #expect(try folder.names() == [])
  }

  @Test("says when it cannot write there")
  func cannotWrite() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], as: "taken")
    let error = #expect(throws: DatasetError.self) {
      try source().fetch(into: folder.path(of: "taken/inner"), from: "http://127.0.0.1:1/")
    }
    #expect(error?.category == .cannotWrite)
  }

  @Test("lets one fetch at a time write a file")
  func locked() throws {
    let folder = try TemporaryFolder()
    let part = try PartFile(path: folder.path(of: Self.name + ".part"))
    let error = #expect(throws: DatasetError.self) {
      try fetch(source(), into: folder, from: "http://127.0.0.1:1/")
    }
    #expect(error?.message == "another fetch is writing this file: wait for it")
    part.removeIfEmpty()
  }

  @Test("ends a program when it wants no more of it")
  func enough() throws {
    var got = 0
    let ending = try Subprocess.run(["yes"]) { bytes in
      got += bytes.count
      return got < 1_000_000
    }
    #expect(got >= 1_000_000)
    #expect(ending.status != .exited(0))
  }

  @Test("knows where the published files lie")
  func catalogue() {
    #expect(DatasetSource.all.map(\.name) == ["fashion-mnist", "mnist", "cifar10"])
    #expect(DatasetSource.named("mnist") == .mnist)
    for source in DatasetSource.all {
      #expect(source.baseURL.hasSuffix("/"))
      #expect(source.files.allSatisfy { $0.md5.count == 32 && $0.size > 0 })
    }
  }
}
