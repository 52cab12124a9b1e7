/** Models to and from other programs: PyTorch files of the published code, transformers, arrays. */
package org.ijepa.interchange;
