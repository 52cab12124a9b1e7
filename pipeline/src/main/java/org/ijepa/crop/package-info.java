/** Random resized crop: which rectangle of an image is looked at, without touching its pixels. */
package org.ijepa.crop;
