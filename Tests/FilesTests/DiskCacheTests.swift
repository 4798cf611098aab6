import Files
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("The cache on disk")
struct DiskCacheTests {
  private let folder: TemporaryFolder
  private let warnings = Warnings()
  private let payload = (0..<3000).map { UInt8($0 * $0 % 251) }
  private let key = CacheKey("spirv", ["compiler 1", "void main() {}"])

  /// Collects a cache's warnings.
  private final class Warnings: Sendable {
    private let entries = Mutex<[String]>([])
    var all: [String] { entries.withLock { $0 } }
    func add(_ message: String) { entries.withLock { $0.append(message) } }
  }

  init() throws { folder = try TemporaryFolder() }

  private func cache(at name: String = "cache", limit: Int = DiskCache.usualLimit) -> DiskCache {
    DiskCache(folder.path(of: name), limit: limit) { [warnings] in warnings.add($0) }
  }

  @Test("gives back what was kept, to this and to other processes, and nothing for other keys")
  func roundTrip() throws {
    #expect(cache().payload(of: key) == nil)
    for bytes in [payload, []] {
      #expect(cache().keep(bytes, under: key))
      #expect(cache().payload(of: key) == bytes)
    }
    let others = [
      CacheKey("pipelines", ["compiler 1", "void main() {}"]),
      CacheKey("spirv", ["compiler 2", "void main() {}"]),
      CacheKey("spirv", ["compiler 1", "void main() { }"]),
      CacheKey("spirv", ["compiler 1void main() {}"]),
      CacheKey("spirv", ["compiler 1", "void main() {}", ""]),
    ]
    for other in others { #expect(cache().payload(of: other) == nil) }
    #expect(Set(others + [key]).count == others.count + 1)
    #expect(try folder.names(in: "cache") == [key.fileName])
    cache().remove(key)
    #expect(cache().payload(of: key) == nil)
    #expect(warnings.all.isEmpty)
  }

  @Test("does not take an entry with a byte changed, wherever it is")
  func damage() throws {
    cache().keep(payload, under: key)
    let name = "cache/\(key.fileName)"
    let whole = try folder.read(name)
    #expect(whole.count == 72 + payload.count)
    var generator = SplitMix64(seed: 4)
    let positions =
      Array(0..<200) + (0..<200).map { _ in Int.random(in: 200..<whole.count, using: &generator) }
    for position in positions {
      var damaged = whole
      damaged[position] ^= UInt8.random(in: 1...255, using: &generator)
      try folder.write(damaged, as: name)
      #expect(cache().payload(of: key) == nil, "byte \(position)")
    }
    for _ in 0..<200 {
      let damaged = generator.mutation(of: whole)
      guard damaged != whole else { continue }
      try folder.write(damaged, as: name)
      #expect(cache().payload(of: key) == nil)
    }
    #expect(cache().keep(payload, under: key), "and what is made anew takes its place")
    #expect(cache().payload(of: key) == payload)
  }

  @Test("does not take an entry that is cut off or too long")
  func truncation() throws {
    cache().keep(payload, under: key)
    let name = "cache/\(key.fileName)"
    let whole = try folder.read(name)
    for count in Array(0...80) + [500, whole.count - 1] {
      try folder.write(whole.prefix(count), as: name)
      #expect(cache().payload(of: key) == nil, "\(count) bytes")
    }
    try folder.write(whole + [0], as: name)
    #expect(cache().payload(of: key) == nil)
  }

  @Test("does not take an entry of another key or another version under this one's name")
  func foreign() throws {
    let other = CacheKey("spirv", ["compiler 2", "void main() {}"])
    cache().keep(payload, under: other)
    try folder.write(folder.read("cache/\(other.fileName)"), as: "cache/\(key.fileName)")
    #expect(cache().payload(of: key) == nil)
    cache().keep(payload, under: key)
    var next = try folder.read("cache/\(key.fileName)")
    next[7] = UInt8(ascii: "2")  // as a later Lemnos may write
    try folder.write(next, as: "cache/\(key.fileName)")
    #expect(cache().payload(of: key) == nil)
    // A folder or a dangling link is not an entry.
    try FileManager.default.removeItem(atPath: folder.path(of: "cache/\(key.fileName)"))
    try folder.makeFolder(folder.path(of: "cache/\(key.fileName)"))
    #expect(cache().payload(of: key) == nil)
  }

  @Test("stays whole while many write and read at once")
  func concurrency() async throws {
    let keys = (0..<4).map { CacheKey("spirv", ["\($0)"]) }
    let (path, warnings) = (folder.path(of: "cache"), warnings)
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<16 {
        group.addTask {
          // Each task has its own cache object, as processes have.
          let cache = DiskCache(path) { warnings.add($0) }
          for round in 0..<30 {
            let key = keys[(writer + round) % 4]
            let bytes = [UInt8](repeating: UInt8(writer), count: 20_000 + writer)
            #expect(cache.keep(bytes, under: key))
            guard let found = cache.payload(of: key) else {
              Issue.record("an entry is never missing once it was written")
              continue
            }
            #expect(found.count == 20_000 + Int(found[0]) && found.allSatisfy { $0 == found[0] })
          }
        }
      }
    }
    #expect(try folder.names(in: "cache") == keys.map(\.fileName).sorted(), "nothing is left beside them")
    #expect(warnings.all.isEmpty)
  }

  @Test("removes what was used longest ago when it grows beyond its limit, and nothing that is not its own")
  func eviction() throws {
    let keys = (0..<12).map { CacheKey("spirv", ["\($0)"]) }
    let quarantine = CacheKey("quarantine", ["device"])
    let cache = cache(limit: 10_000)
    try folder.write([1, 2, 3], as: "cache/a-file-of-mine.entry")
    try folder.write([UInt8](repeating: 0, count: 50_000), as: "cache/large")
    cache.keep([1], under: quarantine)
    try age("cache/\(quarantine.fileName)", seconds: 900_000)
    for (index, key) in keys.enumerated() {
      cache.keep([UInt8](repeating: 1, count: 1000 - 72), under: key)
      try age("cache/\(key.fileName)", seconds: 500_000 - 10_000 * index)
      #expect(cache.byteCount <= 10_000)
      // The first entry is the oldest, but is used all the time.
      #expect(cache.payload(of: keys[0]) != nil)
    }
    #expect(cache.payload(of: keys[11]) != nil)
    #expect(cache.payload(of: keys[1]) == nil, "the oldest of those not used is gone")
    #expect(cache.payload(of: quarantine) == [1])
    #expect(try folder.names(in: "cache").contains("a-file-of-mine.entry"))
    #expect(try folder.read("cache/large").count == 50_000)
    #expect(!cache.keep(payload + payload, under: key), "one entry does not take more than half")
    #expect(warnings.all.isEmpty)
  }

  @Test("sweeps out what writers left that were ended long ago")
  func leftovers() throws {
    let cache = cache(limit: 4000)
    let (old, new) = ("cache/\(key.fileName).77-old.tmp", "cache/\(key.fileName).78-new.tmp")
    try folder.write([1], as: old)
    try folder.write([1], as: new)
    try age(old, seconds: 4000)
    for index in 0..<5 {
      cache.keep([UInt8](repeating: 0, count: 1000), under: CacheKey("spirv", ["\(index)"]))
    }
    let names = try folder.names(in: "cache").map { "cache/\($0)" }
    #expect(!names.contains(old) && names.contains(new))
  }

  @Test("warns once, and goes on, when its folder cannot be written")
  func unwritable() throws {
    // A file in place of the folder: not even root can write below it.
    try folder.write([], as: "file")
    let cache = cache(at: "file/cache")
    for index in 0..<3 { #expect(!cache.keep(payload, under: CacheKey("spirv", ["\(index)"]))) }
    #expect(cache.payload(of: key) == nil)
    #expect(warnings.all.count == 1)
    #expect(warnings.all.first?.contains("file/cache: cannot be made: ") == true)
    #expect(warnings.all.first?.hasSuffix("Set LEMNOS_CACHE to another folder, or to off") == true)
    #expect(cache.obstacle != nil && self.cache().obstacle == nil)
    #expect(cache.byteCount == 0)
  }

  @Test("lies where the environment says")
  func place() {
    func place(_ environment: [String: String]) -> DiskCache.Setting { DiskCache.setting { environment[$0] } }
    #expect(place(["HOME": "/home/a"]) == .folder("/home/a/.cache/lemnos"))
    #expect(place(["HOME": "/home/a", "XDG_CACHE_HOME": "/var/b"]) == .folder("/var/b/lemnos"))
    #expect(place(["HOME": "/home/a", "XDG_CACHE_HOME": "b"]) == .folder("/home/a/.cache/lemnos"))
    #expect(place(["HOME": "/home/a", "XDG_CACHE_HOME": "/var/b", "LEMNOS_CACHE": "c"]) == .folder("c"))
    #expect(place(["HOME": "/home/a", "LEMNOS_CACHE": "off"]) == .off)
    #expect(place(["HOME": "/home/a", "LEMNOS_CACHE": ""]) == .folder("/home/a/.cache/lemnos"))
    #expect(place([:]) == .off)
  }

  private func age(_ name: String, seconds: Int) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -Double(seconds))], ofItemAtPath: folder.path(of: name))
  }
}
