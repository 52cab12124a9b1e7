/** What may be done to a cropped image's pixels before the model sees it. */
package org.ijepa.augment;
