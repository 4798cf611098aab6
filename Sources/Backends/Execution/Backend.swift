public import Programs
public import Tensors

/// Runs programs on a device, and owns the memory of states.
///
/// A backend belongs to one isolation domain; its states are shared by all programs compiled on it.
public protocol Backend: AnyObject {
  /// A display name: the device, and its driver or threads.
  var name: String { get }

  /// True if it runs programs with float64 values, which not every device has.
  var hasFloat64: Bool { get }

  /// The memory available to its programs.
  var capacity: DeviceMemory { get }

  /// True if it has matrix units (cooperative matrices) for large products of operands rounded to a format.
  func hasMatrixUnits(for precision: Precision) -> Bool

  /// The program as this backend runs it: unchanged, or an equivalent one with fewer, fused kernels.
  ///
  /// Allocates no device memory.
  func planned(_ program: Program) -> Program

  /// The algorithms by which it computes the convolutions of a program, given as `planned` returns it.
  func convolutionChoices(of program: Program) -> [ConvolutionChoice]

  /// Makes a program ready to run. Allocates memory for states not seen before, set to their initial values.
  func compile(_ program: Program) throws -> any Executable

  /// Replaces what a state holds by the bytes of as many elements, row-major.
  ///
  /// - Precondition: the state is not one that is only read.
  func write(_ bytes: UnsafeRawBufferPointer, to state: State) throws

  /// The value of a state after all submitted work.
  func read(_ state: State) throws -> TensorValues

  /// Copies the value of a state, after all submitted work, to memory of as many bytes.
  func read(_ state: State, into bytes: UnsafeMutableRawBufferPointer) throws

  /// Memory for states that the host fills while programs read them.
  ///
  /// - Parameter parts: divides the byte count of each state.
  func makeStagingRing(of states: [State], parts: Int) throws -> any StagingRing

  /// The memory needed to compile some programs, given as `planned` returns them, beyond what is allocated.
  ///
  /// Allocates nothing.
  func need(of programs: [Program]) -> MemoryNeed
}

extension Backend {
  /// Overwrites the value of a state.
  ///
  /// - Precondition: the values are of the state's shape and type.
  public func write(_ values: TensorValues, to state: State) throws {
    precondition(
      values.shape == state.shape && values.dtype == state.dtype,
      "the state '\(state.name)' is \(state.dtype)\(state.shape), not \(values.dtype)\(values.shape)")
    try values.bytes.withUnsafeBytes { try write($0, to: state) }
  }

  public func read(_ state: State, into bytes: UnsafeMutableRawBufferPointer) throws {
    try read(state).bytes.withUnsafeBytes { bytes.copyMemory(from: $0) }
  }

  public func need(of programs: [Program]) -> MemoryNeed { MemoryNeed(of: programs) }

  /// None: it has no choice.
  public func convolutionChoices(of program: Program) -> [ConvolutionChoice] { [] }

  /// False: no matrix units.
  public func hasMatrixUnits(for precision: Precision) -> Bool { false }

  /// The reason why some programs do not fit into memory together, naming the first; nil if they fit, or if
  /// the capacity is known only by allocating.
  package func shortage(for programs: [Program]) -> OutOfMemory? {
    let capacity = capacity
    guard capacity.isLimited else { return nil }
    let need = need(of: programs)
    guard !need.hasRoom(on: capacity) else { return nil }
    return outOfMemory(for: programs, need, capacity)
  }

  /// The error for programs that do not fit.
  package func outOfMemory(
    for programs: [Program], _ need: MemoryNeed, _ capacity: DeviceMemory
  ) -> OutOfMemory {
    OutOfMemory(
      program: "the program '\(programs.first?.name ?? "")'", device: name, needed: need.byteCount,
      available: min(capacity.limit ?? .max, capacity.largestPiece ?? .max),
      total: capacity.byteCount ?? capacity.limit ?? .max, isCutByRequest: capacity.isCutByRequest,
      holders: programs.first?.holders(3, among: need.states) ?? [])
  }
}

/// A backend whose programs compute in the host's memory.
package protocol HostMemoryBackend: Backend {
  /// The memory of a state, as long as the backend is there; to be read and written between runs.
  func memory(of state: State) throws -> UnsafeMutableRawBufferPointer
}

/// An error of a backend: out of memory, a lost device, a missing kernel.
///
/// Its description is a sentence that says what to do.
public protocol BackendError: Error {
  /// True if the device is lost with all its memory, so that only another backend can continue.
  var isDeviceLoss: Bool { get }
}

extension BackendError {
  public var isDeviceLoss: Bool { false }
}

/// A program compiled by a backend.
public protocol Executable: AnyObject {
  /// Allocates and records in advance what runs of up to `steps` steps would otherwise set up on first use.
  func prepare(steps: Int) throws

  /// The maximum number of steps in one submission to the device.
  var stepsPerSubmit: Int { get }

  /// Runs the program `steps` times in sequence.
  ///
  /// Returns before the work is done where the device is asynchronous; reading waits for it.
  func run(steps: Int) throws

  /// An output of the last step, by its index in the program.
  func output(_ index: Int) throws -> TensorValues
}

extension Executable {
  /// Does nothing: runs need no setup.
  public func prepare(steps: Int) {}

  /// Unlimited: steps are not submitted in batches.
  public var stepsPerSubmit: Int { .max }
}
