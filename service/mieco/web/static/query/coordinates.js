// Which columns of an answer hold coordinates.

const LATITUDE = /^(?:.*[_-])?lat(?:itude)?$|纬度/i;
const LONGITUDE = /^(?:.*[_-])?(?:long?(?:itude)?|lng)$|经度/i;
// GeoSPARQL 1.1 §8.5: longitude before latitude, unless a reference system is named.
const POINT = /^POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)$/i;

// How the coordinates of a row are read, if there are columns for them.
export function coordinatesOf(data) {
  const numeric = (place) => data.rows.some((row) => row[place] !== null && data.terms[row[place]].number !== undefined);
  const named = (pattern) => data.columns.findIndex(({ name }, place) => pattern.test(name) && numeric(place));
  const [lat, long] = [named(LATITUDE), named(LONGITUDE)];
  if (lat >= 0 && long >= 0) {
    const number = (row, place) => (row[place] === null ? undefined : data.terms[row[place]].number);
    return { used: [lat, long], read: (row) => [number(row, lat), number(row, long)] };
  }
  const point = data.columns.findIndex((_, place) => data.rows.some((row) => row[place] !== null && POINT.test(data.terms[row[place]].text)));
  if (point < 0) return null;
  const read = (row) => {
    const [, x, y] = (row[point] !== null && POINT.exec(data.terms[row[point]].text)) || [];
    return [Number(y), Number(x)];
  };
  return { used: [point], read };
}
