// The navigation where it is wider than the screen: where one is stays in sight, and what is cut off
// fades, so that one sees that there is more.
(() => {
  const places = document.querySelector(".places");
  if (!places) return;
  const tell = () => {
    places.toggleAttribute("data-more-before", places.scrollLeft > 1);
    places.toggleAttribute("data-more-after", places.scrollLeft + places.clientWidth < places.scrollWidth - 1);
  };
  const current = places.querySelector("[aria-current]");
  if (current) places.scrollLeft = current.offsetLeft - places.offsetLeft - (places.clientWidth - current.offsetWidth) / 2;
  places.addEventListener("scroll", tell, { passive: true });
  addEventListener("resize", tell);
  tell();
})();
