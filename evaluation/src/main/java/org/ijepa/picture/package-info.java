/** Pictures of masks and of what patch features tell apart. */
package org.ijepa.picture;
