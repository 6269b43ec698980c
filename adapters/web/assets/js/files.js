
// A field for a file says at once that a file is too large, before it is sent in vain.
for (const field of document.querySelectorAll("input[data-max-bytes]")) {
  field.addEventListener("change", () => {
    const large = [...field.files].some(file => file.size > Number(field.dataset.maxBytes));
    field.setCustomValidity(large ? field.dataset.tooLarge : "");
    if (large) field.reportValidity();
  });
}
