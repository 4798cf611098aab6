import CMPI
import Glibc

/// An MPI library that has been started, and its communicator of all ranks.
///
/// Calls come from one thread at a time. Of MPI's functions only those that never wait are used after the start, so that how long a
/// rank waits, how it yields its core and when it gives up is decided here, whatever the library.
struct MPILibrary {
  private let table: UnsafePointer<lemnos_mpi>
  private var world: lemnos_mpi_handle = 0

  /// What the launcher and the library are called, for messages.
  let name: String

  /// Opens a library that belongs to the launcher.
  ///
  /// - Parameter path: LEMNOS_MPI_LIBRARY, for libraries in places that the dynamic linker does not know.
  init(for launcher: Launcher, path: String?) throws(MessagePassingError) {
    var reason = [CChar](repeating: 0, count: LEMNOS_MPI_TEXT)
    var refusals: [String] = []
    for family in launcher.families {
      for candidate in path.map({ [$0] }) ?? family.libraries {
        let opened = lemnos_mpi_open(candidate, &reason)
        if let opened, opened.pointee.family == family {
          (table, name) = (opened, family.name)
          return
        }
        refusals.append(
          opened == nil ? Self.text(reason) : "\(candidate) is not \(family.name)")
      }
    }
    throw MessagePassingError(
      .unavailable,
      "This process is a rank of \(launcher.name), but no MPI library for it can be opened"
        + " (\(path == nil ? refusals.first ?? "" : refusals.joined(separator: "; "))): "
        + "\(launcher.advice), or set LEMNOS_MPI_LIBRARY to its path")
  }

  /// Starts MPI; may wait for all ranks.
  mutating func start() throws(MessagePassingError) {
    var isStarted = false
    try check(table.pointee.is_initialized(&isStarted), "MPI_Initialized")
    guard !isStarted else {
      throw MessagePassingError(
        .failed, "MPI was started by other code of this process; leave that to Lemnos")
    }
    var provided: Int32 = 0
    try check(table.pointee.initialize(&provided, &world), "MPI_Init_thread")
  }

  /// Ends MPI; waits for all ranks.
  mutating func finalize() throws(MessagePassingError) {
    try check(table.pointee.finalize(&world), "MPI_Finalize")
  }

  var rank: Int {
    get throws(MessagePassingError) {
      var result: Int32 = 0
      try check(table.pointee.rank(world, &result), "MPI_Comm_rank")
      return Int(result)
    }
  }

  var size: Int {
    get throws(MessagePassingError) {
      var result: Int32 = 0
      try check(table.pointee.size(world, &result), "MPI_Comm_size")
      return Int(result)
    }
  }

  /// This rank's number among those of its host, and how many these are; waits for all ranks.
  var local: (rank: Int, size: Int) {
    get throws(MessagePassingError) {
      var (rank, size): (Int32, Int32) = (0, 0)
      try check(table.pointee.local(world, &rank, &size), "MPI_Comm_split_type")
      return (Int(rank), Int(size))
    }
  }

  /// The host's name.
  var host: String {
    get throws(MessagePassingError) {
      try text("MPI_Get_processor_name") { buffer in table.pointee.processor_name(buffer) }
    }
  }

  /// The library's own account of its name and version, in one line.
  var version: String {
    get throws(MessagePassingError) {
      let text = try text("MPI_Get_library_version") { buffer in table.pointee.library_version(buffer) }
      // MPICH goes on with how it was built; its first line is "MPICH Version:\t4.0.2".
      return (text.split(separator: "\n").first ?? "").split(whereSeparator: \.isWhitespace).joined(
        separator: " ")
    }
  }

  func startSend(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) throws(MessagePassingError)
    -> lemnos_mpi_handle
  {
    var request: lemnos_mpi_handle = 0
    try check(
      table.pointee.start_send(
        world, bytes.baseAddress, Int32(bytes.count), Int32(rank), Int32(tag), &request),
      "MPI_Isend")
    return request
  }

  func startReceive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int)
    throws(MessagePassingError)
    -> lemnos_mpi_handle
  {
    var request: lemnos_mpi_handle = 0
    try check(
      table.pointee.start_receive(
        world, bytes.baseAddress, Int32(bytes.count), Int32(rank), Int32(tag), &request),
      "MPI_Irecv")
    return request
  }

  /// The bytes of a message that has come or gone; nil if it is under way.
  func test(_ request: inout lemnos_mpi_handle) throws(MessagePassingError) -> Int? {
    var (done, count) = (false, Int32(0))
    try check(table.pointee.test(&request, &done, &count), "MPI_Test")
    return done ? Int(count) : nil
  }

  /// Gives up on a message that is to be received.
  func cancel(_ request: inout lemnos_mpi_handle) throws(MessagePassingError) {
    try check(table.pointee.cancel(&request), "MPI_Cancel")
  }

  private func text(
    _ function: String, _ call: (UnsafeMutablePointer<CChar>?) -> Int32
  ) throws(MessagePassingError) -> String {
    var buffer = [CChar](repeating: 0, count: LEMNOS_MPI_TEXT)
    let error = buffer.withUnsafeMutableBufferPointer { call($0.baseAddress) }
    try check(error, function)
    return Self.text(buffer)
  }

  private static func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private func check(_ error: Int32, _ function: String) throws(MessagePassingError) {
    guard error != 0 else { return }
    var buffer = [CChar](repeating: 0, count: LEMNOS_MPI_TEXT)
    _ = table.pointee.error_text(error, &buffer)
    throw MessagePassingError(.failed, "\(function) of \(name) failed: \(Self.text(buffer))")
  }
}
