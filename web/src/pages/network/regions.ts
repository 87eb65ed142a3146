/** A place on the map. */
export interface Region {
  /** For people: "Frankfurt". */
  city: string;
  country: string;
  /** Degrees: east, north. */
  at: readonly [number, number];
}

/** Regions as operators write them into their nodes' documents: continent, then the city. */
const REGIONS: Readonly<Record<string, Region>> = {
  "af-cairo": { city: "Cairo", country: "Egypt", at: [31.2, 30.0] },
  "af-capetown": { city: "Cape Town", country: "South Africa", at: [18.4, -33.9] },
  "af-johannesburg": { city: "Johannesburg", country: "South Africa", at: [28.0, -26.2] },
  "af-lagos": { city: "Lagos", country: "Nigeria", at: [3.4, 6.5] },
  "af-nairobi": { city: "Nairobi", country: "Kenya", at: [36.8, -1.3] },
  "ap-hongkong": { city: "Hong Kong", country: "Hong Kong", at: [114.2, 22.3] },
  "ap-jakarta": { city: "Jakarta", country: "Indonesia", at: [106.8, -6.2] },
  "ap-mumbai": { city: "Mumbai", country: "India", at: [72.9, 19.1] },
  "ap-osaka": { city: "Osaka", country: "Japan", at: [135.5, 34.7] },
  "ap-seoul": { city: "Seoul", country: "South Korea", at: [127.0, 37.6] },
  "ap-singapore": { city: "Singapore", country: "Singapore", at: [103.8, 1.35] },
  "ap-sydney": { city: "Sydney", country: "Australia", at: [151.2, -33.9] },
  "ap-taipei": { city: "Taipei", country: "Taiwan", at: [121.5, 25.0] },
  "ap-tokyo": { city: "Tokyo", country: "Japan", at: [139.7, 35.7] },
  "eu-amsterdam": { city: "Amsterdam", country: "Netherlands", at: [4.9, 52.4] },
  "eu-dublin": { city: "Dublin", country: "Ireland", at: [-6.3, 53.3] },
  "eu-frankfurt": { city: "Frankfurt", country: "Germany", at: [8.7, 50.1] },
  "eu-helsinki": { city: "Helsinki", country: "Finland", at: [24.9, 60.2] },
  "eu-kyiv": { city: "Kyiv", country: "Ukraine", at: [30.5, 50.45] },
  "eu-london": { city: "London", country: "United Kingdom", at: [-0.1, 51.5] },
  "eu-madrid": { city: "Madrid", country: "Spain", at: [-3.7, 40.4] },
  "eu-milan": { city: "Milan", country: "Italy", at: [9.2, 45.5] },
  "eu-moscow": { city: "Moscow", country: "Russia", at: [37.6, 55.75] },
  "eu-oslo": { city: "Oslo", country: "Norway", at: [10.75, 59.9] },
  "eu-paris": { city: "Paris", country: "France", at: [2.35, 48.9] },
  "eu-stockholm": { city: "Stockholm", country: "Sweden", at: [18.1, 59.3] },
  "eu-vienna": { city: "Vienna", country: "Austria", at: [16.4, 48.2] },
  "eu-warsaw": { city: "Warsaw", country: "Poland", at: [21.0, 52.2] },
  "eu-zurich": { city: "Zurich", country: "Switzerland", at: [8.5, 47.4] },
  "me-dubai": { city: "Dubai", country: "United Arab Emirates", at: [55.3, 25.2] },
  "me-istanbul": { city: "Istanbul", country: "Türkiye", at: [29.0, 41.0] },
  "me-telaviv": { city: "Tel Aviv", country: "Israel", at: [34.8, 32.1] },
  "na-montreal": { city: "Montreal", country: "Canada", at: [-73.6, 45.5] },
  "na-toronto": { city: "Toronto", country: "Canada", at: [-79.4, 43.7] },
  "na-mexico": { city: "Mexico City", country: "Mexico", at: [-99.1, 19.4] },
  "sa-bogota": { city: "Bogotá", country: "Colombia", at: [-74.1, 4.7] },
  "sa-buenosaires": { city: "Buenos Aires", country: "Argentina", at: [-58.4, -34.6] },
  "sa-santiago": { city: "Santiago", country: "Chile", at: [-70.7, -33.4] },
  "sa-saopaulo": { city: "São Paulo", country: "Brazil", at: [-46.6, -23.55] },
  "us-ashburn": { city: "Ashburn", country: "United States", at: [-77.5, 39.0] },
  "us-chicago": { city: "Chicago", country: "United States", at: [-87.6, 41.9] },
  "us-dallas": { city: "Dallas", country: "United States", at: [-96.8, 32.8] },
  "us-losangeles": { city: "Los Angeles", country: "United States", at: [-118.2, 34.05] },
  "us-miami": { city: "Miami", country: "United States", at: [-80.2, 25.8] },
  "us-newyork": { city: "New York", country: "United States", at: [-74.0, 40.7] },
  "us-portland": { city: "Portland", country: "United States", at: [-122.7, 45.5] },
  "us-seattle": { city: "Seattle", country: "United States", at: [-122.3, 47.6] },
};

/** Undefined for a region that this table does not know: a region is any word that an operator chose. */
export function placeOf(region: string | undefined): Region | undefined {
  return region !== undefined && Object.hasOwn(REGIONS, region) ? REGIONS[region] : undefined;
}

/** "Germany"; an unknown region by its own name, in quotes, for it is the operator's word. */
export function countryOf(region: string): string {
  return placeOf(region)?.country ?? `“${region}”`;
}

/** "Frankfurt, Germany"; city states once. */
export function placeName(region: string): string {
  const place = placeOf(region);
  if (place === undefined) return `“${region}”`;
  return place.city === place.country ? place.city : `${place.city}, ${place.country}`;
}
