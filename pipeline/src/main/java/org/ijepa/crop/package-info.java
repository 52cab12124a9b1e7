/** Random resized crop: the choice of the rectangle. */
package org.ijepa.crop;
