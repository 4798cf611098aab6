// Mesa's no-op kernel of amdgpu, with two more cards, made of two that it knows by changing what the compiler and the driver ask
// for: the generation, the number of compute units and of registers. Sources: Mesa's amdgpu_asic_addr.h (families and revisions),
// AMD's data sheets of the Radeon RX 9070 XT (64 compute units) and the Ryzen AI Max+ 395 (40).
#include <string.h>

#define amdgpu_devices known_devices
#define num_amdgpu_devices known_device_count
#include "amdgpu_devices.c"
#undef amdgpu_devices
#undef num_amdgpu_devices

static struct amdgpu_device amdgpu_devices[ARRAY_SIZE(known_devices) + 2];
static const size_t num_amdgpu_devices = ARRAY_SIZE(amdgpu_devices);

#define drm_shim_driver_init known_driver_init
#include "amdgpu_noop_drm_shim.c"
#undef drm_shim_driver_init

static struct amdgpu_device *add(const char *name, const char *alike, unsigned place) {
  struct amdgpu_device *device = &amdgpu_devices[place];
  for (size_t i = 0; i < known_device_count; i++)
    if (strcmp(known_devices[i].name, alike) == 0) *device = known_devices[i];
  device->name = name;
  return device;
}

static void fill(void) {
  memcpy(amdgpu_devices, known_devices, sizeof(known_devices));
  // RDNA 4: Radeon RX 9070 XT.
  struct amdgpu_device *device = add("gfx1201", "navi31", ARRAY_SIZE(known_devices));
  device->radeon_family = CHIP_GFX1201;
  device->hw_ip_gfx.hw_ip_version_major = device->hw_ip_compute.hw_ip_version_major = 12;
  device->hw_ip_gfx.ip_discovery_version = device->hw_ip_compute.ip_discovery_version = 0xc0001;
  device->dev.family = 0x98;
  device->dev.external_rev = 0x51;
  device->dev.device_id = 0x7550;
  device->dev.num_shader_engines = 4;
  device->dev.cu_active_number = 64;
  memset(device->dev.cu_bitmap, 0, sizeof(device->dev.cu_bitmap));
  for (int engine = 0; engine < 4; engine++)
    device->dev.cu_bitmap[engine][0] = device->dev.cu_bitmap[engine][1] = 0xff;
  // RDNA 3.5 with the registers of RDNA 3's large cards: Ryzen AI Max.
  device = add("gfx1151", "gfx1150", ARRAY_SIZE(known_devices) + 1);
  device->radeon_family = CHIP_GFX1151;
  device->hw_ip_gfx.ip_discovery_version = device->hw_ip_compute.ip_discovery_version = 0xb0501;
  device->dev.external_rev = 0xc1;
  device->dev.device_id = 0x1586;
  device->dev.num_shader_engines = 2;
  device->dev.cu_active_number = 40;
  device->dev.num_shader_visible_vgprs = 1536;
  for (int engine = 0; engine < 2; engine++)
    device->dev.cu_bitmap[engine][0] = device->dev.cu_bitmap[engine][1] = 0x3ff;
}

void drm_shim_driver_init(void) {
  fill();
  known_driver_init();
  // RADV takes no amdgpu that is older than 3.54.
  shim_device.version_minor = 64;
}
