/* The functions of the CUDA driver that list GPUs, for two that do not exist. */
#include <string.h>

int cuInit(unsigned flags) { return flags == 0 ? 0 : 1; }

int cuDeviceGetCount(int *count) {
  *count = 2;
  return 0;
}

int cuDeviceGet(int *device, int ordinal) {
  *device = 100 + ordinal;
  return 0;
}

int cuDeviceGetName(char *name, int bytes, int device) {
  strncpy(name, device == 100 ? "First" : "Second", bytes);
  return 0;
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = device == 100 ? 9 : 7;
  return attribute == 75 ? 0 : 1;
}

int cuDeviceTotalMem_v2(size_t *bytes, int device) {
  *bytes = (size_t)(device == 100 ? 80 : 16) << 30;
  return 0;
}
