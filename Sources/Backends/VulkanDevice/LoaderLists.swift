import Synchronization

/// Held while instances and devices are created and destroyed, and while objects are named.
///
/// To name an object the loader (version 1.3.239) traverses its lists of instances and devices without the
/// lock that protects their changes: naming an object in one thread while another opens or closes a device
/// may read freed memory.
let loaderLists = Mutex(())
